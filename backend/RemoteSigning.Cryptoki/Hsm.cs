using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// A logged-in token behind a pool of sessions. Each operation rents a session for itself alone; a lost
/// session or token is reopened once, with one login, and the operation repeated once. A wrong PIN is
/// never tried again in the life of this object.
/// </summary>
public sealed class Hsm : IDisposable
{
    private Hsm() => throw new NotImplementedException();

    /// <summary>Loads the module, finds the token by its label and logs in.</summary>
    /// <exception cref="HsmException">The token is missing, or the PIN is wrong.</exception>
    public static Hsm Open(HsmOptions options) => throw new NotImplementedException();

    /// <summary>Rises each time the login was lost and made anew: what was remembered about single use is then void.</summary>
    public long LoginGeneration => throw new NotImplementedException();

    /// <summary>True when the token holds a key with this label.</summary>
    public bool Exists(string label) => throw new NotImplementedException();

    /// <summary>Makes an AES-256 key that only wraps and unwraps (token, private, sensitive, never extractable).</summary>
    public void GenerateKeyEncryptionKey(string label) => throw new NotImplementedException();

    /// <summary>Makes a 256-bit key for HMAC-SHA256 (token, private, sensitive, never extractable).</summary>
    public void GenerateHmacKey(string label) => throw new NotImplementedException();

    /// <summary>Makes a token-resident RSA key pair; returns its SubjectPublicKeyInfo.</summary>
    public byte[] GenerateRsa(string label, int bits) => throw new NotImplementedException();

    /// <summary>Makes a token-resident EC key pair on a named curve; returns its SubjectPublicKeyInfo.</summary>
    public byte[] GenerateEcdsa(string label, ECCurve curve) => throw new NotImplementedException();

    /// <summary>The token's RSA key under this label, as an <see cref="RSA"/> that never exports its private half.</summary>
    public RSA OpenRsa(string label) => throw new NotImplementedException();

    /// <summary>The token's EC key under this label, as an <see cref="ECDsa"/> that never exports its private half.</summary>
    public ECDsa OpenEcdsa(string label) => throw new NotImplementedException();

    /// <summary>HMAC-SHA256 with the token's key under this label.</summary>
    public byte[] Hmac(string label, ReadOnlySpan<byte> data) => throw new NotImplementedException();

    /// <summary>Makes an RSA key pair as session objects, wraps the private key, destroys both.</summary>
    public WrappedKeyPair GenerateWrappedRsa(string keyEncryptionKey, int bits) => throw new NotImplementedException();

    /// <summary>Makes an EC key pair as session objects, wraps the private key, destroys both.</summary>
    public WrappedKeyPair GenerateWrappedEcdsa(string keyEncryptionKey, ECCurve curve) => throw new NotImplementedException();

    /// <summary>
    /// Unwraps once, signs each in order, destroys the unwrapped key whatever happens. RSA signatures have the
    /// modulus' length, ECDSA ones are fixed-width r‖s. PKCS#1: this builds the DigestInfo.
    /// </summary>
    /// <param name="isRsa">The type of the wrapped key.</param>
    public IReadOnlyList<byte[]> SignWithWrapped(
        string keyEncryptionKey, ReadOnlyMemory<byte> wrapped, bool isRsa, IReadOnlyList<HsmSignature> requests) =>
        throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
