using System.Text;
using Microsoft.Extensions.Primitives;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>auth/login</c> (CSC API 1.0.4.0, 11.2): HTTP Basic in the header, or a refresh token in the body.</summary>
internal static class LoginEndpoint
{
    public const string Method = "auth/login";

    private const string Scheme = "Basic";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async Task<IResult> HandleAsync(
        HttpContext context,
        CscFace face,
        ApplicationDirectory applications,
        RateLimits rates,
        ServerMetrics metrics,
        AuthorizationClient authorization,
        CancellationToken cancel)
    {
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string? refreshToken = request.OptionalString(
            "refresh_token", () => CscException.Invalid("Invalid string parameter: refresh_token"));
        bool rememberMe = request.OptionalBoolean("rememberMe", absent: false);
        request.CheckIgnored("clientData");

        // The specification gives the token "instead of" HTTP Basic: where both are, the password counts; any other
        // header, like the bearer token of the session that ends, does not stand in the token's way.
        StringValues header = context.Request.Headers.Authorization;
        SessionRequest? password = refreshToken is null || IsBasic(header) ? ReadBasic(face, header, rememberMe) : null;
        CallingApplication application = await applications.IdentifyAsync(context, cancel);
        metrics.Call(application.ClientId);
        rates.DemandSignIn(application);
        Session session = password is null
            ? await RefreshAsync(authorization, new SessionRefresh(refreshToken!, application.ClientId), cancel) // Else there is a password.
            : await authorization.SignInAsync(password with { ClientId = application.ClientId }, cancel);
        return CscAnswer.Json(
            context,
            new AuthLoginResponse(session.AccessToken, session.RefreshToken, session.ExpiresIn),
            CscJson.Default.AuthLoginResponse);
    }

    private static async Task<Session> RefreshAsync(AuthorizationClient authorization, SessionRefresh request, CancellationToken cancel)
    {
        try
        {
            return await authorization.RefreshAsync(request, cancel);
        }
        catch (PeerException refusal) when (refusal.Code is ProblemCodes.TokenInvalid or ProblemCodes.TokenExpired)
        {
            throw CscException.Invalid("Invalid refresh_token");
        }
    }

    private static bool IsBasic(StringValues header) =>
        header is [{ } value]
        && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && (value.Length == Scheme.Length || value[Scheme.Length] == ' ');

    /// <summary>RFC 7617: the login ends at the first colon.</summary>
    private static SessionRequest ReadBasic(CscFace face, StringValues header, bool rememberMe)
    {
        if (header.Count != 1
            || header[0] is not { } value
            || !IsBasic(header)
            || value.Length == Scheme.Length
            || !Base64Text.TryDecode(value[Scheme.Length..].Trim(' '), out byte[]? decoded))
        {
            throw new CscException(
                StatusCodes.Status401Unauthorized, CscErrors.InvalidRequest, face.Sentence("Malformed authentication parameter"));
        }

        string text = Decode(decoded) ?? throw MalformedPair(face);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < text.Length - 1
            ? new SessionRequest(text[..colon], text[(colon + 1)..], rememberMe)
            : throw MalformedPair(face);
    }

    private static CscException MalformedPair(CscFace face) => CscException.Invalid(face.Sentence("Malformed username-password"));

    private static string? Decode(byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
