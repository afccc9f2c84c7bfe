using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Transport;

/// <summary>
/// One officer's share of the transport key, encrypted under the officer's passphrase: PBKDF2 with HMAC-SHA-512, then
/// AES-256-GCM, with the module, the number and the threshold authenticated.
/// </summary>
/// <param name="Number">From 1.</param>
/// <param name="Iterations">Of PBKDF2.</param>
/// <param name="Salt">16 bytes.</param>
/// <param name="Nonce">12 bytes.</param>
/// <param name="Sealed">The encrypted share and its tag of 16 bytes.</param>
internal sealed record OfficerShare(
    [property: JsonRequired] int Number,
    [property: JsonRequired] int Iterations,
    [property: JsonRequired] byte[] Salt,
    [property: JsonRequired] byte[] Nonce,
    [property: JsonRequired] byte[] Sealed)
{
    /// <summary>About half a second on one core of 2026, and each guess of a thief costs the same.</summary>
    public const int UsualIterations = 1_000_000;

    /// <summary>What a file may say: less is too weak, more would be a trap.</summary>
    public const int LeastIterations = 210_000;

    public const int MostIterations = 10_000_000;

    private const int SaltLength = 16;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>True when all members have the lengths that they must have.</summary>
    [JsonIgnore]
    public bool IsWellFormed => Iterations is >= LeastIterations and <= MostIterations
        && Salt.Length == SaltLength && Nonce.Length == NonceLength && Sealed.Length == TransportKey.Length + TagLength;

    /// <param name="context">Module and threshold.</param>
    public static OfficerShare Seal(int number, byte[] share, ReadOnlySpan<byte> passphrase, int iterations, string context)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceLength);
        byte[] output = new byte[share.Length + TagLength];
        using AesGcm cipher = Cipher(passphrase, salt, iterations);
        cipher.Encrypt(nonce, share, output.AsSpan(0, share.Length), output.AsSpan(share.Length), Associated(number, iterations, context));
        return new OfficerShare(number, iterations, salt, nonce, output);
    }

    /// <summary>The share in pinned memory, or null when the passphrase is wrong or anything was changed.</summary>
    public byte[]? Open(ReadOnlySpan<byte> passphrase, string context)
    {
        byte[] share = GC.AllocateArray<byte>(Sealed.Length - TagLength, pinned: true);
        using AesGcm cipher = Cipher(passphrase, Salt, Iterations);
        try
        {
            cipher.Decrypt(
                Nonce, Sealed.AsSpan(0, share.Length), Sealed.AsSpan(share.Length), share, Associated(Number, Iterations, context));
            return share;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> passphrase, byte[] salt, int iterations)
    {
        Span<byte> key = stackalloc byte[TransportKey.Length];
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, iterations, HashAlgorithmName.SHA512);
        var cipher = new AesGcm(key, TagLength);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    private static byte[] Associated(int number, int iterations, string context) =>
        Encoding.UTF8.GetBytes($"RemoteSigning SAM share v1\n{context}\n{number}\n{iterations}\n");
}
