using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Benchmarks;

/// <summary>Verifies SHA-256 signatures with the BCL.</summary>
internal static class Signatures
{
    /// <param name="der">ECDSA: whether the signature is DER or fixed-width.</param>
    public static bool Verify(byte[] publicKeyInfo, byte[] hash, byte[] signature, bool der) => VerifyAll(publicKeyInfo, [(hash, signature)], der);

    /// <inheritdoc cref="Verify"/>
    public static bool VerifyAll(byte[] publicKeyInfo, IEnumerable<(byte[] Hash, byte[] Signature)> signed, bool der)
    {
        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKeyInfo, out _);
        using RSA? rsa = key.GetRSAPublicKey();
        if (rsa is not null)
        {
            return signed.All(s => rsa.VerifyHash(s.Hash, s.Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }

        using ECDsa ec = key.GetECDsaPublicKey()!; // The benchmark has RSA and EC keys only.
        DSASignatureFormat format = der ? DSASignatureFormat.Rfc3279DerSequence : DSASignatureFormat.IeeeP1363FixedFieldConcatenation;
        return signed.All(s => ec.VerifyHash(s.Hash, s.Signature, format));
    }
}
