using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>auth/revoke</c> (CSC API 1.0.4.0, 11.3), answered 204.</summary>
internal static class RevokeEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, Callers callers, AuthorizationClient authorization, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string token = request.RequiredString("token");
        string? hint = request.OptionalString("token_type_hint", InvalidHint);
        request.CheckIgnored("clientData");
        if (hint is not (null or "access_token" or "refresh_token"))
        {
            throw InvalidHint();
        }

        await callers.DemandAsync(context, accessToken, cancel);
        try
        {
            await authorization.RevokeAsync(new TokenRevocation(accessToken, token, hint), cancel);
        }
        catch (PeerException refusal) when (refusal.Code == ProblemCodes.NotFound)
        {
            throw CscException.Invalid("Invalid string parameter token");
        }

        return Results.NoContent();
    }

    private static CscException InvalidHint() => CscException.Invalid("Invalid string parameter token_type_hint");
}
