using System.Formats.Cbor;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;

namespace RemoteSigning.Sam.Tests;

/// <summary>Which devices can be enrolled for a key.</summary>
public sealed class DeviceRegistrationTests
{
    private const string Content = """{"what":"was agreed to"}""";

    private static readonly RelyingParty Party = RelyingParty.Create(TestDevice.RpId, [TestDevice.Origin]);

    private static readonly byte[] Genuine = TestDevice.ClientData("webauthn.create", DeviceChallenge.ForAssignment(Content));

    private static readonly byte[] X = new byte[32];

    private TestDevice _device = null!; // Set before any test runs.

    [OneTimeSetUp]
    public void Create() => _device = TestDevice.NewEcdsa();

    [OneTimeTearDown]
    public void Forget() => _device.Dispose();

    private static void MustBeRefused(DeviceRegistration registration, string reason)
    {
        ProblemException refusal = Assert.Throws<ProblemException>(
            () => DeviceVerifier.CheckRegistration(Party, Content, registration))!;
        Assert.That(refusal.Code, Is.EqualTo("device_invalid"));
        Assert.That(refusal.InnerException!.Message, Does.Contain(reason));
    }

    [Test]
    public void CheckRegistration_Genuine_SaysWhatIsSealed()
    {
        Device device = DeviceVerifier.CheckRegistration(Party, Content, _device.Register(Content));

        Assert.That(device.RpIdHash, Is.EqualTo(SHA256.HashData("sign.example.com"u8)));
        Assert.That(device.Origins, Is.EqualTo((string[])[TestDevice.Origin]));
        Assert.That((device.CredentialId, device.CoseKey), Is.EqualTo((_device.CredentialId, _device.CoseKey)));
    }

    [Test]
    public void CheckRegistration_SelfAttestation_Verified()
    {
        using var rsa = TestDevice.NewRsa();

        Assert.That(DeviceVerifier.CheckRegistration(Party, Content, _device.RegisterWithSelf(Content, -7)).CoseKey, Is.EqualTo(_device.CoseKey));
        Assert.That(DeviceVerifier.CheckRegistration(Party, Content, rsa.RegisterWithSelf(Content, -257)).CoseKey, Is.EqualTo(rsa.CoseKey));
        MustBeRefused(_device.RegisterWithSelf(Content, -257), "algorithm");
        MustBeRefused(_device.RegisterWithSelf(Content, -7, isGenuine: false), "signature");
    }

    [Test]
    public void CheckRegistration_WithExtensions_Accepted()
    {
        byte[] data = TestDevice.AuthenticatorData(
            TestDevice.Approved | TestDevice.WithCredential | TestDevice.WithExtensions, more: [_device.CredentialData, [0xa1, 0x61, 0x61, 0x03]]);

        Assert.That(DeviceVerifier.CheckRegistration(Party, Content, _device.Register(Genuine, data)).CoseKey, Is.EqualTo(_device.CoseKey));
    }

    [Test]
    public void CheckRegistration_OfSomethingElse_Refused()
    {
        byte[] data = TestDevice.AuthenticatorData(TestDevice.Approved | TestDevice.WithCredential, more: _device.CredentialData);
        byte[] challenge = DeviceChallenge.ForAssignment(Content);

        MustBeRefused(_device.Register(Content + " "), "challenge");
        MustBeRefused(_device.Register(TestDevice.ClientData("webauthn.create", DeviceChallenge.ForActivation(Content)), data), "challenge");
        MustBeRefused(_device.Register(TestDevice.ClientData("webauthn.get", challenge), data), "type");
        MustBeRefused(_device.Register(TestDevice.ClientData("webauthn.create", challenge, "https://example.com"), data), "origin");
        MustBeRefused(
            _device.Register(Genuine, TestDevice.AuthenticatorData(TestDevice.Approved | TestDevice.WithCredential, "example.com", _device.CredentialData)),
            "RP ID");
    }

    [TestCase(0x41, "not present")]
    [TestCase(0x44, "not present")]
    [TestCase(0x05, "new credential")]
    [TestCase(0x67, "impossible")]
    public void CheckRegistration_Flags_Refused(int flags, string reason) =>
        MustBeRefused(_device.Register(Genuine, TestDevice.AuthenticatorData((byte)flags, more: _device.CredentialData)), reason);

    [Test]
    public void CheckRegistration_CredentialData_Refused()
    {
        byte[] credential = _device.CredentialData;
        byte[] longId = [.. credential[..16], 0x04, 0x00, .. new byte[1024], .. _device.CoseKey];
        byte[] shortId = [.. credential[..16], 0x00, 0x0f, .. new byte[15], .. _device.CoseKey];
        (byte[] Data, string Reason)[] cases =
        [
            ([], "credential id"),
            (credential[..17], "credential id"),
            (credential[..30], "credential id"),
            (longId, "credential id"),
            (shortId, "credential id"),
            (credential[..^1], "cannot be read"),
            ([.. credential, 0], "bytes follow"),
        ];

        foreach ((byte[] data, string reason) in cases)
        {
            MustBeRefused(
                _device.Register(Genuine, TestDevice.AuthenticatorData(TestDevice.Approved | TestDevice.WithCredential, more: data)), reason);
        }
    }

    [Test]
    public void CheckRegistration_Attestation_Refused()
    {
        byte[] data = TestDevice.AuthenticatorData(TestDevice.Approved | TestDevice.WithCredential, more: _device.CredentialData);
        byte[] whole = TestDevice.Attestation(data);
        static void Chain(CborWriter writer)
        {
            writer.WriteStartMap(1);
            writer.WriteTextString("x5c");
            writer.WriteStartArray(0);
            writer.WriteEndArray();
            writer.WriteEndMap();
        }

        MustBeRefused(new(Genuine, []), "cannot be read");
        MustBeRefused(new(Genuine, whole[..^1]), "cannot be read");
        MustBeRefused(new(Genuine, [.. whole, 0]), "bytes follow");
        MustBeRefused(new(Genuine, new byte[9000]), "too long");
        MustBeRefused(new(Genuine, [0xa0]), "three members");
        MustBeRefused(new(Genuine, TestDevice.Attestation(data, "none", Chain)), "neither none nor self");
        MustBeRefused(new(Genuine, TestDevice.Attestation(data, "packed")), "neither none nor self");
        MustBeRefused(new(Genuine, TestDevice.Attestation(data, "fido-u2f", Chain)), "neither none nor self");
    }

    [Test]
    public void CheckRegistration_KeyOfAnotherKind_Refused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = key.ExportParameters(false).Q;
        byte[] x = point.X!; // An exported point has both.
        byte[] y = point.Y!;
        byte[] wrongY = [.. y];
        wrongY[31] ^= 1;
        using RSA small = RSA.Create(1024);
        byte[] modulus = small.ExportParameters(false).Modulus!; // An exported key has one.
        byte[] large = [0x80, .. new byte[254], 1];
        (byte[] CoseKey, string Reason)[] cases =
        [
            (TestDevice.Ec2Key(x, y, algorithm: -8), "not supported"), // EdDSA
            (TestDevice.Ec2Key(x, y, algorithm: -35), "not supported"), // ES384
            (TestDevice.Ec2Key(x, y, curve: 2), "not on P-256"),
            (TestDevice.Ec2Key(x[..31], y), "not on P-256"),
            (TestDevice.Ec2Key([.. x, 0], y), "not on P-256"),
            (TestDevice.Ec2Key(x, wrongY), "cannot be read"), // Not on the curve
            (TestDevice.Ec2Key(X, X), "cannot be read"),
            (TestDevice.RsaKey(modulus, [1, 0, 1]), "usable RSA"),
            (TestDevice.RsaKey(large, [3]), "usable RSA"),
            (TestDevice.RsaKey([.. large[..^1], 2], [1, 0, 1]), "usable RSA"),
            (TestDevice.RsaKey([0, .. large[1..]], [1, 0, 1]), "usable RSA"),
            (TestDevice.RsaKey([.. large, .. large, 1], [1, 0, 1]), "usable RSA"),
            (TestDevice.RsaKey(large, [1, 0, 1], algorithm: -37), "not supported"), // PS256
            (TestDevice.RsaKey(large, [1, 0, 1], algorithm: -65535), "not supported"), // RS1
            ([0xa0], "cannot be read"),
            ([0x01], "cannot be read"),
        ];

        foreach ((byte[] coseKey, string reason) in cases)
        {
            using var device = TestDevice.WithCoseKey(coseKey);
            MustBeRefused(device.Register(Content), reason);
        }
    }

    /// <summary>One key has one encoding: a private member, another order or another length of a number is refused.</summary>
    [Test]
    public void CheckRegistration_KeyInAnotherEncoding_Refused()
    {
        byte[] canonical = _device.CoseKey; // a5 01 02 03 26 20 01 21 5820… 22 5820…
        byte[] withPrivate = [0xa6, .. canonical[1..], 0x23, 0x41, 0x00];
        byte[] turned = [0xa5, 0x03, 0x26, 0x01, 0x02, .. canonical[5..]];
        byte[] longNumber = [0xa5, 0x18, 0x01, .. canonical[2..]];
        byte[] indefinite = [0xbf, .. canonical[1..], 0xff];

        foreach (byte[] coseKey in (byte[][])[withPrivate, turned, longNumber, indefinite])
        {
            using var device = TestDevice.WithCoseKey(coseKey);
            Assert.Throws<ProblemException>(() => DeviceVerifier.CheckRegistration(Party, Content, device.Register(Content)));
            Assert.Throws<ProblemException>(() => DevicePublicKey.Read(coseKey));
        }

        Assert.DoesNotThrow(() => DevicePublicKey.Read(canonical).Dispose());
    }

    [TestCase("sign.example.com", "https://sign.example.com", true)]
    [TestCase("example.com", "https://sign.example.com:8443", true)]
    [TestCase("localhost", "https://localhost:8443", true)]
    [TestCase("sign.example.com", "http://sign.example.com", false)]
    [TestCase("sign.example.com", "https://sign.example.com/", false)]
    [TestCase("sign.example.com", "https://SIGN.example.com", false)]
    [TestCase("sign.example.com", "https://sign.example.com:443", false)]
    [TestCase("sign.example.com", "https://example.com", false)]
    [TestCase("sign.example.com", "https://evilsign.example.com", false)]
    [TestCase("sign.example.com", "https://user@sign.example.com", false)]
    [TestCase("sign.example.com", "sign.example.com", false)]
    [TestCase("sign.example.com", "", false)]
    [TestCase("Sign.example.com", "https://sign.example.com", false)]
    [TestCase("sign.example.com\n", "https://sign.example.com", false)]
    [TestCase(".", "https://sign.example.com", false)]
    [TestCase("", "https://sign.example.com", false)]
    public void Create_RelyingParty_ExactHttpsOriginsOfTheRpId(string rpId, string origin, bool isGood) => Assert.That(
        () => RelyingParty.Create(rpId, [origin]), isGood ? Throws.Nothing : Throws.InstanceOf<ProblemException>());

    [Test]
    public void Create_RelyingPartyWithoutOriginsOrWithTooMany_Refused()
    {
        Assert.Throws<ProblemException>(() => RelyingParty.Create(null, [TestDevice.Origin]));
        Assert.Throws<ProblemException>(() => RelyingParty.Create(TestDevice.RpId, null));
        Assert.Throws<ProblemException>(() => RelyingParty.Create(TestDevice.RpId, []));
        Assert.Throws<ProblemException>(() => RelyingParty.Create(TestDevice.RpId, [.. Enumerable.Repeat(TestDevice.Origin, 5)]));
    }
}
