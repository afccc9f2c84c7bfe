using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>Signatures against the certificate of their credential, in the shapes of the card protocol.</summary>
internal static class SignatureCheck
{
    /// <param name="signature">RSA: as long as the modulus; ECDSA: fixed-width r‖s.</param>
    public static bool Verify(X509Certificate2 certificate, SignatureAlgorithm algorithm, byte[] digest, byte[] signature)
    {
        if (algorithm.Scheme == SignatureScheme.Ecdsa)
        {
            using ECDsa? ec = certificate.GetECDsaPublicKey();
            return ec is not null && ec.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }

        using RSA? rsa = certificate.GetRSAPublicKey();
        return rsa is not null && (algorithm.Scheme, algorithm.SaltLength == algorithm.Digest.Length) switch
        {
            (SignatureScheme.RsaPkcs1, _) => rsa.VerifyHash(digest, signature, algorithm.Digest.Name, RSASignaturePadding.Pkcs1),
            (_, true) => rsa.VerifyHash(digest, signature, algorithm.Digest.Name, RSASignaturePadding.Pss),
            _ => PssVerification.Verify(rsa.ExportParameters(false), algorithm, digest, signature),
        };
    }

    /// <summary>
    /// The server's signature in the card's shape: ECDSA-Sig-Value (RFC 3279, 2.2.3) becomes r‖s, each as long as the
    /// order of the curve.
    /// </summary>
    /// <exception cref="AsnContentException">It is no ECDSA-Sig-Value.</exception>
    /// <exception cref="CryptographicException">r or s does not fit the curve.</exception>
    public static byte[] ToCard(SignatureAlgorithm algorithm, int keyBits, byte[] signature)
    {
        if (algorithm.Scheme != SignatureScheme.Ecdsa)
        {
            return signature;
        }

        var outer = new AsnReader(signature, AsnEncodingRules.DER);
        AsnReader pair = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        int width = (keyBits + 7) / 8;
        byte[] fixedWidth = new byte[2 * width];
        WriteRight(pair.ReadInteger(), fixedWidth.AsSpan(0, width));
        WriteRight(pair.ReadInteger(), fixedWidth.AsSpan(width));
        pair.ThrowIfNotEmpty();
        return fixedWidth;
    }

    private static void WriteRight(BigInteger number, Span<byte> field)
    {
        if (number.Sign <= 0 || number.GetByteCount(isUnsigned: true) > field.Length)
        {
            throw new CryptographicException("A number of the signature does not fit its field.");
        }

        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(field[^bytes.Length..]);
    }
}
