using System.Security.Cryptography;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam;

/// <summary>A P-256 public key for many threads.</summary>
internal sealed class EcdsaVerifier
{
    private readonly KeptKey<ECDsa> _key;

    private EcdsaVerifier(byte[] publicKeyInfo)
    {
        PublicKeyInfo = publicKeyInfo;
        _key = new KeptKey<ECDsa>(Create);
    }

    public byte[] PublicKeyInfo { get; }

    public string Pem => PublicKeyPem.Encode(PublicKeyInfo);

    /// <exception cref="CryptographicException">Not a SubjectPublicKeyInfo of a P-256 key.</exception>
    public static EcdsaVerifier FromPublicKeyInfo(byte[] publicKeyInfo)
    {
        var verifier = new EcdsaVerifier(publicKeyInfo);
        return verifier.Use(key => key.ExportParameters(false).Curve.Oid.Value) == Contracts.Algorithms.Oids.P256
            ? verifier
            : throw new CryptographicException("The key is not on the curve P-256.");
    }

    /// <exception cref="CryptographicException">Not the PEM of a P-256 public key.</exception>
    public static EcdsaVerifier FromPem(string pem) => FromPublicKeyInfo(PublicKeyPem.Decode(pem));

    public T Use<T>(Func<ECDsa, T> verify) => _key.Use(verify);

    private ECDsa Create()
    {
        ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(PublicKeyInfo, out _);
        return key;
    }
}
