using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace RemoteSigning.Sam;

/// <summary>
/// A P-256 public key for many threads. Key objects of .NET are not promised to be safe for concurrent use,
/// and making one costs a quarter of a verification, so used ones are kept.
/// </summary>
internal sealed class EcdsaVerifier
{
    private readonly ConcurrentBag<ECDsa> _idle = [];

    private EcdsaVerifier(byte[] publicKeyInfo) => PublicKeyInfo = publicKeyInfo;

    public byte[] PublicKeyInfo { get; }

    public string Pem => PublicKeyPem.Encode(PublicKeyInfo);

    /// <exception cref="CryptographicException">Not a SubjectPublicKeyInfo of a P-256 key.</exception>
    public static EcdsaVerifier FromPublicKeyInfo(byte[] publicKeyInfo)
    {
        var verifier = new EcdsaVerifier(publicKeyInfo);
        ECDsa key = verifier.Create();
        if (key.ExportParameters(false).Curve.Oid.Value != Contracts.Algorithms.Oids.P256)
        {
            key.Dispose();
            throw new CryptographicException("The key is not on the curve P-256.");
        }

        verifier._idle.Add(key);
        return verifier;
    }

    /// <exception cref="CryptographicException">Not the PEM of a P-256 public key.</exception>
    public static EcdsaVerifier FromPem(string pem) => FromPublicKeyInfo(PublicKeyPem.Decode(pem));

    public T Use<T>(Func<ECDsa, T> verify)
    {
        if (!_idle.TryTake(out ECDsa? key))
        {
            key = Create();
        }

        T result = verify(key);
        _idle.Add(key);
        return result;
    }

    private ECDsa Create()
    {
        ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKeyInfo, out _);
        return key;
    }
}
