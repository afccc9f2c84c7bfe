using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// A WebAuthn authenticator with its browser, in software: it answers as it should, or as a test wants it to, and
/// signs what it answers.
/// </summary>
internal sealed class TestDevice : IDisposable
{
    public const string RpId = "sign.example.com";
    public const string Origin = "https://sign.example.com";

    /// <summary>User present and verified.</summary>
    public const byte Approved = 0x05;

    public const byte WithCredential = 0x40;
    public const byte WithExtensions = 0x80;

    private readonly ECDsa? _ecdsa;
    private readonly RSA? _rsa;

    private TestDevice(ECDsa? ecdsa, RSA? rsa, byte[] coseKey)
    {
        (_ecdsa, _rsa, CoseKey) = (ecdsa, rsa, coseKey);
        CredentialData = Join(new byte[16], Length(CredentialId.Length), CredentialId, coseKey);
    }

    public byte[] CredentialId { get; } = RandomNumberGenerator.GetBytes(32);

    public byte[] CoseKey { get; }

    /// <summary>Attested credential data: AAGUID, length, id, key.</summary>
    public byte[] CredentialData { get; }

    public static TestDevice NewEcdsa()
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = key.ExportParameters(false).Q;
        return new TestDevice(key, null, Ec2Key(point.X!, point.Y!)); // An exported point has both.
    }

    public static TestDevice NewRsa(int bits = 2048)
    {
        RSA key = RSA.Create(bits);
        RSAParameters parameters = key.ExportParameters(false);
        return new TestDevice(null, key, RsaKey(parameters.Modulus!, parameters.Exponent!)); // An exported key has both.
    }

    /// <summary>A key that the device has, under another COSE key.</summary>
    public static TestDevice WithCoseKey(byte[] coseKey) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), null, coseKey);

    public static byte[] Ec2Key(byte[] x, byte[] y, int algorithm = -7, int curve = 1) => CoseMap(
        2, algorithm, (-1, w => w.WriteInt32(curve)), (-2, w => w.WriteByteString(x)), (-3, w => w.WriteByteString(y)));

    public static byte[] RsaKey(byte[] modulus, byte[] exponent, int algorithm = -257) => CoseMap(
        3, algorithm, (-1, w => w.WriteByteString(modulus)), (-2, w => w.WriteByteString(exponent)));

    public static byte[] ClientData(string type, byte[] challenge, string origin = Origin, string more = ",\"crossOrigin\":false") =>
        Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","challenge":"{{Base64Url.EncodeToString(challenge)}}","origin":"{{origin}}"{{more}}}""");

    public static byte[] AuthenticatorData(byte flags, string rpId = RpId, params byte[][] more) =>
        Join([SHA256.HashData(Encoding.UTF8.GetBytes(rpId)), [flags], new byte[4], .. more]);

    public static byte[] Attestation(byte[] authenticatorData, string format = "none", Action<CborWriter>? statement = null)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(3);
        writer.WriteTextString("fmt");
        writer.WriteTextString(format);
        writer.WriteTextString("attStmt");
        (statement ?? WriteNothing)(writer);
        writer.WriteTextString("authData");
        writer.WriteByteString(authenticatorData);
        writer.WriteEndMap();
        return writer.Encode();
    }

    public DeviceRegistration Register(string content) => Register(
        ClientData("webauthn.create", DeviceChallenge.ForAssignment(content)),
        AuthenticatorData(Approved | WithCredential, more: CredentialData));

    public DeviceRegistration Register(byte[] clientData, byte[] authenticatorData) => new(clientData, Attestation(authenticatorData));

    /// <summary>With the signature of the new credential as its attestation.</summary>
    public DeviceRegistration RegisterWithSelf(string content, int algorithm, bool isGenuine = true)
    {
        byte[] clientData = ClientData("webauthn.create", DeviceChallenge.ForAssignment(content));
        byte[] data = AuthenticatorData(Approved | WithCredential, more: CredentialData);
        byte[] signature = Sign(data, isGenuine ? clientData : []);
        return new DeviceRegistration(clientData, Attestation(data, "packed", writer =>
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("alg");
            writer.WriteInt32(algorithm);
            writer.WriteTextString("sig");
            writer.WriteByteString(signature);
            writer.WriteEndMap();
        }));
    }

    public DeviceApproval Approve(string content) => Approve(
        ClientData("webauthn.get", DeviceChallenge.ForActivation(content)), AuthenticatorData(Approved));

    public DeviceApproval Approve(byte[] clientData, byte[] authenticatorData) =>
        new(CredentialId, authenticatorData, clientData, Sign(authenticatorData, clientData));

    public void Dispose()
    {
        _ecdsa?.Dispose();
        _rsa?.Dispose();
    }

    private static void WriteNothing(CborWriter writer)
    {
        writer.WriteStartMap(0);
        writer.WriteEndMap();
    }

    private byte[] Sign(byte[] authenticatorData, byte[] clientData)
    {
        byte[] data = Join(authenticatorData, SHA256.HashData(clientData));
        return _ecdsa?.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ?? _rsa?.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ?? throw new InvalidOperationException("The device has no key.");
    }

    private static byte[] CoseMap(int type, int algorithm, params (int Label, Action<CborWriter> Write)[] members)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(members.Length + 2);
        writer.WriteInt32(1);
        writer.WriteInt32(type);
        writer.WriteInt32(3);
        writer.WriteInt32(algorithm);
        foreach ((int label, Action<CborWriter> write) in members)
        {
            writer.WriteInt32(label);
            write(writer);
        }

        writer.WriteEndMap();
        return writer.Encode();
    }

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)length);
        return bytes;
    }

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];
}
