using System.Formats.Asn1;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>Reads public keys out of the token, as SubjectPublicKeyInfo and as BCL types.</summary>
internal static class PublicKeyInfo
{
    private static readonly Dictionary<string, string> CurveNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["nistP256"] = "1.2.840.10045.3.1.7",
        ["nistP384"] = "1.3.132.0.34",
        ["nistP521"] = "1.3.132.0.35",
        ["ECDSA_P256"] = "1.2.840.10045.3.1.7",
        ["ECDSA_P384"] = "1.3.132.0.34",
        ["ECDSA_P521"] = "1.3.132.0.35",
    };

    /// <summary>CKA_EC_PARAMS of a named curve: its OID, DER. P-256, P-384 and P-521 only.</summary>
    /// <exception cref="ArgumentException">Another curve.</exception>
    public static byte[] CurveParameters(ECCurve curve)
    {
        string? oid = curve.IsNamed ? curve.Oid.Value ?? CurveNames.GetValueOrDefault(curve.Oid.FriendlyName ?? "") : null;
        if (oid is null || !CurveNames.ContainsValue(oid))
        {
            throw new ArgumentException("Only the named curves P-256, P-384 and P-521 are used.", nameof(curve));
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    public static RSA ReadRsa(Session session, CULong publicKey) => RSA.Create(new RSAParameters
    {
        Modulus = WithoutLeadingZeros(session.Attribute(publicKey, Cka.Modulus)),
        Exponent = WithoutLeadingZeros(session.Attribute(publicKey, Cka.PublicExponent)),
    });

    /// <exception cref="CryptographicException">The point is not on the curve.</exception>
    public static ECDsa ReadEcdsa(Session session, CULong publicKey)
    {
        string curve = AsnDecoder.ReadObjectIdentifier(session.Attribute(publicKey, Cka.EcParameters), AsnEncodingRules.DER, out _);
        byte[] point = AsnDecoder.ReadOctetString(session.Attribute(publicKey, Cka.EcPoint), AsnEncodingRules.DER, out _);
        const byte uncompressed = 4;
        if (point.Length < 3 || point[0] != uncompressed)
        {
            throw new CryptographicException("The token's public key is not an uncompressed point.");
        }

        int length = point.Length / 2;
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromValue(curve),
            Q = new ECPoint { X = point[1..(1 + length)], Y = point[(1 + length)..] },
        });
    }

    private static byte[] WithoutLeadingZeros(byte[] number) => number.AsSpan().TrimStart((byte)0).ToArray();
}
