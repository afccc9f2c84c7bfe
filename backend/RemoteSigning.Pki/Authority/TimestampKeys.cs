using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Pki.Authority;

/// <summary>The kinds of key that the time-stamping authority may have, and the ways to make and open one.</summary>
internal static class TimestampKeys
{
    public const string P256 = "P-256";
    public const string Rsa2048 = "RSA-2048";
    public const string Rsa3072 = "RSA-3072";

    public static IReadOnlyList<string> Kinds { get; } = [P256, Rsa2048, Rsa3072];

    public static void Generate(Hsm hsm, string label, string kind) => _ = kind switch
    {
        P256 => hsm.GenerateEcdsa(label, ECCurve.NamedCurves.nistP256),
        Rsa2048 => hsm.GenerateRsa(label, 2048),
        Rsa3072 => hsm.GenerateRsa(label, 3072),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of key."),
    };

    /// <exception cref="HsmException">The token holds no such key.</exception>
    public static AsymmetricAlgorithm Open(Hsm hsm, string label, bool isRsa) => isRsa ? hsm.OpenRsa(label) : hsm.OpenEcdsa(label);

    /// <exception cref="HsmException">The HSM did not sign.</exception>
    public static byte[] Sign(AsymmetricAlgorithm key, byte[] data) => key switch
    {
        RSA rsa => rsa.SignData(data, CertificationAuthority.Hash, RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => EncodeEcdsa(ecdsa.SignHash(CryptographicOperations.HashData(CertificationAuthority.Hash, data))),
        _ => throw new ArgumentException("Neither RSA nor EC.", nameof(key)),
    };

    public static bool IsRsa(X509Certificate2 certificate) => certificate.GetKeyAlgorithm() == Contracts.Algorithms.Oids.Rsa;

    /// <summary>Ecdsa-Sig-Value (RFC 3279, 2.2.3) of fixed-width r‖s. ECDsa's own way there exports the public key each time.</summary>
    private static byte[] EncodeEcdsa(ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(signature[..(signature.Length / 2)]));
            writer.WriteIntegerUnsigned(WithoutLeadingZeros(signature[(signature.Length / 2)..]));
        }

        return writer.Encode();
    }

    /// <summary>AsnWriter refuses numbers that DER writes shorter.</summary>
    private static ReadOnlySpan<byte> WithoutLeadingZeros(ReadOnlySpan<byte> number)
    {
        ReadOnlySpan<byte> trimmed = number.TrimStart((byte)0);
        return trimmed.Length > 0 ? trimmed : number[^1..];
    }
}
