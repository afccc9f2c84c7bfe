using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Pki.Authority;

/// <summary>Which keys are certified: RSA of 2048 to 4096 bits with exponent 65537, and P-256, P-384, P-521.</summary>
internal static class RequestKey
{
    private const int MinimumBits = 2048;
    private const int MaximumBits = 4096;

    private static readonly byte[] Exponent = [0x01, 0x00, 0x01];

    private static readonly string[] Curves = [Oids.P256, Oids.P384, Oids.P521];

    /// <param name="publicKeyInfo">DER SubjectPublicKeyInfo.</param>
    /// <exception cref="ProblemException">Such a key is not certified.</exception>
    public static PublicKey Read(ReadOnlyMemory<byte> publicKeyInfo)
    {
        AsnReader info = new AsnReader(publicKeyInfo, AsnEncodingRules.DER).ReadSequence();
        AsnReader algorithm = info.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();

        // The curve is looked at before anything parses the key: explicit parameters describe curves of the sender's own making.
        bool known = oid switch
        {
            Oids.Rsa => true,
            Oids.EcPublicKey => algorithm.HasData
                && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier && Curves.Contains(algorithm.ReadObjectIdentifier()),
            _ => false,
        };
        if (!known)
        {
            throw Refuse("Only RSA keys and keys on P-256, P-384 or P-521 are certified.");
        }

        PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKeyInfo.Span, out int read);
        if (read != publicKeyInfo.Length)
        {
            throw new CryptographicException("Data follow the SubjectPublicKeyInfo.");
        }

        if (oid == Oids.Rsa)
        {
            using RSA rsa = key.GetRSAPublicKey()!; // Not null: the OID is RSA's.
            RSAParameters numbers = rsa.ExportParameters(includePrivateParameters: false);
            if (rsa.KeySize is < MinimumBits or > MaximumBits || !Exponent.AsSpan().SequenceEqual(numbers.Exponent))
            {
                throw Refuse("RSA keys must have 2048 to 4096 bits and the exponent 65537.");
            }
        }

        return key;
    }

    /// <summary>Proof of possession: true when <paramref name="data"/> is signed by the holder of the key.</summary>
    public static bool Verify(PublicKey key, SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        HashAlgorithmName hash = algorithm.Digest.Name;
        if (algorithm.Scheme == SignatureScheme.Ecdsa)
        {
            using ECDsa? ecdsa = key.GetECDsaPublicKey();
            return ecdsa is not null && ecdsa.VerifyData(data, signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }

        using RSA? rsa = key.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(data, signature, hash, RSASignaturePadding.Pkcs1);
    }

    private static ProblemException Refuse(string sentence) =>
        new(Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported, sentence);
}
