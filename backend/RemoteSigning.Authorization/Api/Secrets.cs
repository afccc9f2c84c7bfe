using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Authorization.Api;

/// <summary>Tokens and SADs: drawn here, told once, kept as hashes.</summary>
internal static class Secrets
{
    /// <summary>256 random bits, base64url.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>
    /// SHA-256 of the text: it has full entropy, so nothing slower is needed. The text and not its bytes, or
    /// several spellings of the last digit would be the same secret.
    /// </summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>128 random bits in hex: an id that nobody can guess and every place can carry.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
