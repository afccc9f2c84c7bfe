using System.Diagnostics.CodeAnalysis;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Base64 as clients send it: either alphabet of RFC 4648, with or without padding, no white space. CSC says
/// one thing for bodies and another for addresses, and clients mix them up.
/// </summary>
internal static class Base64Text
{
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        string digits = text.TrimEnd('=');
        int padding = text.Length - digits.Length;
        int rest = digits.Length % 4;
        if (rest == 1 || (padding > 0 && padding != (4 - rest) % 4) || !digits.All(IsDigit))
        {
            return false;
        }

        string standard = digits.Replace('-', '+').Replace('_', '/');
        bytes = Convert.FromBase64String(standard.PadRight(standard.Length + ((4 - rest) % 4), '='));
        return true;
    }

    private static bool IsDigit(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_';
}
