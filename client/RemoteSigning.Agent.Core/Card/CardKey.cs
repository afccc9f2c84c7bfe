using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Agent.Core.Card;

/// <summary>A public key in the fields of the card protocol, of a size that the shim uses (docs/pkcs11.md, "Mechanisms").</summary>
/// <param name="A">RSA: modulus; EC: DER of the curve's OID.</param>
/// <param name="B">RSA: public exponent; EC: uncompressed point.</param>
internal sealed record CardKey(byte Type, ushort Bits, byte[] A, byte[] B)
{
    private const byte Rsa = 1;
    private const byte Ec = 2;
    private const int MinimumRsaBits = 2048;
    private const int MaximumRsaBits = 16_384;
    private const int MinimumEcBits = 256;
    private const int MaximumEcBits = 521;
    private const byte ObjectIdentifier = 0x06;
    private const byte Uncompressed = 0x04;

    /// <exception cref="FormatException">The key cannot be on the card; the message says why.</exception>
    public static CardKey Read(X509Certificate2 certificate)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            return Read(rsa);
        }

        using ECDsa? ec = certificate.GetECDsaPublicKey();
        return ec is not null && certificate.PublicKey.EncodedParameters is { } curve
            ? ReadEc(ec.KeySize, curve.RawData, certificate.PublicKey.EncodedKeyValue.RawData)
            : throw new FormatException($"its key type {certificate.PublicKey.Oid.Value} is neither RSA nor EC");
    }

    private static CardKey Read(RSA rsa)
    {
        if (rsa.KeySize is < MinimumRsaBits or > MaximumRsaBits)
        {
            throw new FormatException($"its RSA key has {rsa.KeySize} bits, not {MinimumRsaBits} to {MaximumRsaBits}");
        }

        RSAParameters key = rsa.ExportParameters(false);
        byte[] modulus = WithoutLeadingZeros(key.Modulus), exponent = WithoutLeadingZeros(key.Exponent);
        return modulus.Length == (rsa.KeySize + 7) / 8 && exponent.Length > 0 && exponent.Length <= modulus.Length
            ? new CardKey(Rsa, (ushort)rsa.KeySize, modulus, exponent)
            : throw new FormatException("its RSA key is malformed");
    }

    private static CardKey ReadEc(int bits, byte[] curve, byte[] point)
    {
        if (bits is < MinimumEcBits or > MaximumEcBits)
        {
            throw new FormatException($"its EC key has {bits} bits, not {MinimumEcBits} to {MaximumEcBits}");
        }

        if (curve is not [ObjectIdentifier, ..])
        {
            throw new FormatException("its curve is not named by an OID");
        }

        return point is [Uncompressed, ..] && point.Length == 1 + (2 * ((bits + 7) / 8))
            ? new CardKey(Ec, (ushort)bits, curve, point)
            : throw new FormatException("its EC point is not uncompressed");
    }

    private static byte[] WithoutLeadingZeros(byte[]? number) => [.. (number ?? []).SkipWhile(b => b == 0)];
}
