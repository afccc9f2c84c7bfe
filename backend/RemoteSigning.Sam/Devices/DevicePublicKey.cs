using System.Formats.Cbor;
using System.Security.Cryptography;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// A device's public key, from a COSE_Key (RFC 9052, 7) in the canonical form of CTAP2 with exactly the members that its
/// kind has: ES256 on P-256 (RFC 9053, 2.1 and 7.1), or RS256 with 2048 to 4096 bits and exponent 65537 (RFC 8812, 2;
/// RFC 8230, 4). EdDSA is not known to the platform's cryptography.
/// </summary>
internal sealed class DevicePublicKey : IDisposable
{
    public const int Es256 = -7;
    public const int Rs256 = -257;

    private const int LabelKeyType = 1;
    private const int LabelAlgorithm = 3;
    private const int KeyTypeEc2 = 2;
    private const int KeyTypeRsa = 3;
    private const int CurveP256 = 1;
    private const int CoordinateLength = 32;
    private const int ShortestModulus = 2048 / 8;
    private const int LongestModulus = 4096 / 8;

    private static readonly byte[] Exponent = [1, 0, 1];

    private readonly ECDsa? _ecdsa;
    private readonly RSA? _rsa;

    private DevicePublicKey(ECDsa key) => _ecdsa = key;

    private DevicePublicKey(RSA key) => _rsa = key;

    /// <summary>The COSE algorithm: <see cref="Es256"/> or <see cref="Rs256"/>.</summary>
    public int Algorithm => _ecdsa is null ? Rs256 : Es256;

    /// <exception cref="ProblemException">Not such a key.</exception>
    public static DevicePublicKey Read(byte[] coseKey)
    {
        try
        {
            var reader = new CborReader(coseKey, CborConformanceMode.Ctap2Canonical);
            int? members = reader.ReadStartMap();
            (int type, int algorithm) = (ReadNumber(reader, LabelKeyType), ReadNumber(reader, LabelAlgorithm));
            DevicePublicKey? key = (type, algorithm, members) switch
            {
                (KeyTypeEc2, Es256, 5) => ReadEc2(reader),
                (KeyTypeRsa, Rs256, 4) => ReadRsa(reader),
                _ => throw DeviceRefusal.Because($"a COSE key of type {type}, algorithm {algorithm} and {members} members is not supported"),
            };
            reader.ReadEndMap();
            return reader.BytesRemaining == 0 ? key : throw DeviceRefusal.Because("bytes follow the COSE key");
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException or CryptographicException)
        {
            throw DeviceRefusal.Because($"the COSE key cannot be read: {e.Message}", e);
        }
    }

    /// <summary>True for a signature of this key over the data; ECDSA is DER (WebAuthn, 6.5.5).</summary>
    public bool Verifies(byte[] data, byte[] signature) =>
        _ecdsa?.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        ?? _rsa?.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        ?? false;

    public void Dispose()
    {
        _ecdsa?.Dispose();
        _rsa?.Dispose();
    }

    private static DevicePublicKey ReadEc2(CborReader reader)
    {
        int curve = ReadNumber(reader, -1);
        var point = new ECPoint { X = ReadBytes(reader, -2), Y = ReadBytes(reader, -3) };
        if (curve != CurveP256 || point.X.Length != CoordinateLength || point.Y.Length != CoordinateLength)
        {
            throw DeviceRefusal.Because("the COSE key is not on P-256");
        }

        return new DevicePublicKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point }));
    }

    private static DevicePublicKey ReadRsa(CborReader reader)
    {
        var parameters = new RSAParameters { Modulus = ReadBytes(reader, -1), Exponent = ReadBytes(reader, -2) };
        bool isUsable = parameters.Modulus.Length is >= ShortestModulus and <= LongestModulus
            && parameters.Modulus[0] >= 0x80
            && (parameters.Modulus[^1] & 1) == 1
            && parameters.Exponent.AsSpan().SequenceEqual(Exponent);
        return isUsable
            ? new DevicePublicKey(RSA.Create(parameters))
            : throw DeviceRefusal.Because("the COSE key's modulus or exponent is not of a usable RSA key");
    }

    private static int ReadNumber(CborReader reader, int label)
    {
        ReadLabel(reader, label);
        return reader.ReadInt32();
    }

    private static byte[] ReadBytes(CborReader reader, int label)
    {
        ReadLabel(reader, label);
        return reader.ReadByteString();
    }

    private static void ReadLabel(CborReader reader, int label)
    {
        if (reader.ReadInt32() != label)
        {
            throw DeviceRefusal.Because($"the COSE key has no member {label} in its place");
        }
    }
}
