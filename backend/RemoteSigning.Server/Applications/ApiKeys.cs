using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace RemoteSigning.Server.Applications;

/// <summary>What an application proves itself with: 256 random bits in base64url, of which only the hash is stored.</summary>
internal static class ApiKeys
{
    public const string Header = "X-API-Key";

    private const int Length = 43;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <remarks>Nobody guesses 256 bits, so the hash needs neither salt nor effort.</remarks>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    /// <summary>The hash of the key in a header; null when no key can look like this.</summary>
    public static byte[]? TryHash(StringValues header) =>
        header is [{ Length: Length } key] && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? Hash(key) : null;
}
