using System.Diagnostics.Metrics;
using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// What a running service asks of a token that holds its keys; any number of threads. It makes no key in the token and takes none
/// out of it. <see cref="Hsm"/> does it in this process, <see cref="Worker.SupervisedHsm"/> in another.
/// </summary>
public interface IHsm : IDisposable
{
    /// <summary>Rises each time the login was lost and made anew: what was remembered about single use is then void.</summary>
    long LoginGeneration { get; }

    /// <summary>Label of the token in use, of those that hold the same keys.</summary>
    string TokenLabel { get; }

    /// <summary>Durations of the operations, use of the sessions; it ends with this object.</summary>
    Meter Meter { get; }

    /// <summary>Asks the token for a sign of life, and mends a lost login as any operation does.</summary>
    /// <exception cref="HsmException">The token is not usable now.</exception>
    void Probe();

    /// <summary>True when the token holds a key with this label.</summary>
    bool Exists(string label);

    /// <summary>The token's EC key under this label, as an <see cref="ECDsa"/> that never exports its private half.</summary>
    /// <exception cref="HsmException">The token holds no such key.</exception>
    ECDsa OpenEcdsa(string label);

    /// <summary>One signature with the token's own private key under this label: as <see cref="SignWithWrapped"/> makes them.</summary>
    /// <param name="isRsa">The type of the key.</param>
    /// <exception cref="CryptographicException">The request does not fit; the HSM was not asked.</exception>
    byte[] Sign(string label, bool isRsa, HsmSignature request);

    /// <summary>HMAC-SHA256 with the token's key under this label.</summary>
    byte[] Hmac(string label, ReadOnlySpan<byte> data);

    /// <summary>Makes an RSA key pair as session objects, wraps the private key, destroys both.</summary>
    WrappedKeyPair GenerateWrappedRsa(string keyEncryptionKey, int bits);

    /// <summary>Makes an EC key pair as session objects, wraps the private key, destroys both.</summary>
    WrappedKeyPair GenerateWrappedEcdsa(string keyEncryptionKey, ECCurve curve);

    /// <summary>
    /// Unwraps once, signs each in order, destroys the unwrapped key whatever happens. RSA signatures have the
    /// modulus' length, ECDSA ones are fixed-width r‖s. PKCS#1: this builds the DigestInfo.
    /// </summary>
    /// <param name="isRsa">The type of the wrapped key.</param>
    /// <exception cref="CryptographicException">A request does not fit; the HSM was not asked.</exception>
    /// <exception cref="HsmException">The wrapped key is not genuine, or the token failed.</exception>
    IReadOnlyList<byte[]> SignWithWrapped(
        string keyEncryptionKey, ReadOnlyMemory<byte> wrapped, bool isRsa, IReadOnlyList<HsmSignature> requests);

    /// <summary>Unwraps a private key and wraps it with another key-encryption key, without its ever leaving the HSM in the clear.</summary>
    /// <param name="isRsa">The type of the wrapped key.</param>
    /// <returns>The private key under <paramref name="newKey"/>.</returns>
    /// <exception cref="HsmException">The wrapped key is not genuine, or the token failed.</exception>
    byte[] Rewrap(string oldKey, string newKey, ReadOnlyMemory<byte> wrapped, bool isRsa);
}
