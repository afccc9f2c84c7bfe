using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Encrypts what is stored for whoever holds a reference of 256 random bits: the database has the reference's hash and what is encrypted under a
/// key derived from it (HKDF-SHA256, AES-256-GCM), so whoever reads the database reads nothing.
/// </summary>
internal sealed class ReferenceCipher
{
    private const int TagLength = 16;

    private readonly byte[] _nonce;
    private readonly byte[] _purpose;

    /// <param name="nonce">12 bytes. Each key encrypts one text only, so that its nonce need not vary.</param>
    /// <param name="purpose">For the derivation of keys.</param>
    public ReferenceCipher(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> purpose) => (_nonce, _purpose) = (nonce.ToArray(), purpose.ToArray());

    public static string NewReference() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256, by which what belongs to a reference is found.</summary>
    public static byte[] Hash(string reference) => SHA256.HashData(Encoding.UTF8.GetBytes(reference));

    public byte[] Seal(string reference, byte[] plain)
    {
        byte[] stored = new byte[plain.Length + TagLength];
        using AesGcm cipher = Derive(reference);
        cipher.Encrypt(_nonce, plain, stored.AsSpan(0, plain.Length), stored.AsSpan(plain.Length));
        return stored;
    }

    public byte[] Open(string reference, byte[] stored)
    {
        byte[] plain = new byte[stored.Length - TagLength];
        using AesGcm cipher = Derive(reference);
        cipher.Decrypt(_nonce, stored.AsSpan(0, plain.Length), stored.AsSpan(plain.Length), plain);
        return plain;
    }

    private AesGcm Derive(string reference) =>
        new(HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(reference), 32, info: _purpose), TagLength);
}
