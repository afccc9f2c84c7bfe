using Microsoft.Extensions.Primitives;

namespace RemoteSigning.Server.Csc;

/// <summary>The service token in the header <c>Authorization</c> (RFC 6750, 2.1).</summary>
internal static class Bearer
{
    private const string Scheme = "Bearer ";

    private const int MaximumLength = 4096;

    /// <summary>The token as it stands there.</summary>
    public static string Read(HttpContext context)
    {
        StringValues header = context.Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw Malformed(context);
        }

        string token = value[Scheme.Length..].TrimStart(' ');
        return token.Length is > 0 and <= MaximumLength && token.All(IsTokenCharacter) ? token : throw Malformed(context);
    }

    private static CscException Malformed(HttpContext context) =>
        CscException.Invalid(CscFace.Of(context).MalformedHeader(CscMethod.Of(context)?.Name ?? ""));

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/' or '=';
}
