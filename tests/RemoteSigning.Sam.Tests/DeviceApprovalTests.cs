using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;

namespace RemoteSigning.Sam.Tests;

/// <summary>What the verifier accepts as a device's approval of one content, and what it does not.</summary>
public sealed class DeviceApprovalTests
{
    private const string Content = """{"what":"was approved"}""";

    private static readonly byte[] Challenge = DeviceChallenge.ForActivation(Content);

    private TestDevice _device = null!; // Set before any test runs.

    [OneTimeSetUp]
    public void Create() => _device = TestDevice.NewEcdsa();

    [OneTimeTearDown]
    public void Forget() => _device.Dispose();

    private static Device Enrolled(TestDevice device, params string[] origins)
    {
        var party = RelyingParty.Create(TestDevice.RpId, origins.Length == 0 ? [TestDevice.Origin] : origins);
        return DeviceVerifier.CheckRegistration(party, Content, device.Register(Content));
    }

    private void MustBeRefused(DeviceApproval? approval, string reason, string code = ProblemCodes.DeviceInvalid)
    {
        ProblemException refusal = Assert.Throws<ProblemException>(
            () => DeviceVerifier.CheckApproval([Enrolled(_device)], Content, approval))!;
        Assert.That(refusal.Code, Is.EqualTo(code));
        Assert.That(refusal.InnerException!.Message, Does.Contain(reason));
        Assert.That(refusal.Message, Does.Not.Contain(reason), "outside there is one general sentence");
    }

    [Test]
    public void CheckApproval_GenuineEcdsa_NamesTheDevice()
    {
        using var other = TestDevice.NewEcdsa();

        Device device = DeviceVerifier.CheckApproval([Enrolled(other), Enrolled(_device)], Content, _device.Approve(Content));

        Assert.That(device.CredentialId, Is.EqualTo(_device.CredentialId));
    }

    [TestCase(2048)]
    [TestCase(4096)]
    public void CheckApproval_GenuineRsa_Accepted(int bits)
    {
        using var rsa = TestDevice.NewRsa(bits);

        Assert.That(
            DeviceVerifier.CheckApproval([Enrolled(rsa)], Content, rsa.Approve(Content)).CredentialId, Is.EqualTo(rsa.CredentialId));
    }

    [TestCase("")]
    [TestCase(""","crossOrigin":false,"other_keys_can_be_added_here":{"a":[1,2]}""")]
    public void CheckApproval_MembersThatClientsAdd_Accepted(string more)
    {
        DeviceApproval approval = _device.Approve(
            TestDevice.ClientData("webauthn.get", Challenge, more: more), TestDevice.AuthenticatorData(TestDevice.Approved));

        Assert.That(DeviceVerifier.CheckApproval([Enrolled(_device)], Content, approval).CredentialId, Is.EqualTo(_device.CredentialId));
    }

    /// <summary>Backup flags as synchronized passkeys set them, and extensions.</summary>
    [TestCase(0x0d)]
    [TestCase(0x1d)]
    [TestCase(0x85, 0xa0)]
    [TestCase(0x85, 0xa1, 0x61, 0x61, 0x01)]
    public void CheckApproval_OtherFlagsThatAreAllowed_Accepted(int flags, params int[] extensions)
    {
        DeviceApproval approval = _device.Approve(
            TestDevice.ClientData("webauthn.get", Challenge),
            TestDevice.AuthenticatorData((byte)flags, more: [.. extensions.Select(e => (byte)e)]));

        Assert.That(DeviceVerifier.CheckApproval([Enrolled(_device)], Content, approval).CredentialId, Is.EqualTo(_device.CredentialId));
    }

    [Test]
    public void CheckApproval_NoApproval_Missing() => MustBeRefused(null, "demands", ProblemCodes.DeviceMissing);

    [Test]
    public void CheckApproval_AnyBitFlipped_Refused()
    {
        DeviceApproval genuine = _device.Approve(Content);
        Device[] devices = [Enrolled(_device)];
        (byte[] Bytes, Func<byte[], DeviceApproval> With)[] fields =
        [
            (genuine.CredentialId, b => genuine with { CredentialId = b }),
            (genuine.AuthenticatorData, b => genuine with { AuthenticatorData = b }),
            (genuine.ClientDataJson, b => genuine with { ClientDataJson = b }),
            (genuine.Signature, b => genuine with { Signature = b }),
        ];

        foreach ((byte[] bytes, Func<byte[], DeviceApproval> with) in fields)
        {
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                byte[] flipped = [.. bytes];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                ProblemException refusal = Assert.Throws<ProblemException>(
                    () => DeviceVerifier.CheckApproval(devices, Content, with(flipped)), $"bit {bit}")!;
                Assert.That(refusal.Code, Is.EqualTo("device_invalid"));
            }
        }
    }

    [Test]
    public void CheckApproval_AnyFieldOfAnotherLength_Refused()
    {
        DeviceApproval genuine = _device.Approve(Content);

        MustBeRefused(genuine with { CredentialId = [] }, "not one of");
        MustBeRefused(genuine with { AuthenticatorData = [] }, "impossible");
        MustBeRefused(genuine with { AuthenticatorData = genuine.AuthenticatorData[..^1] }, "impossible");
        MustBeRefused(genuine with { AuthenticatorData = [.. genuine.AuthenticatorData, 0] }, "bytes follow");
        MustBeRefused(genuine with { AuthenticatorData = new byte[5000] }, "impossible");
        MustBeRefused(genuine with { ClientDataJson = [] }, "cannot be read");
        MustBeRefused(genuine with { ClientDataJson = new byte[5000] }, "too long");
        MustBeRefused(genuine with { Signature = [] }, "signature");
        MustBeRefused(genuine with { Signature = new byte[513] }, "signature");
    }

    [Test]
    public void CheckApproval_DeviceThatIsNotEnrolled_Refused()
    {
        using var thief = TestDevice.NewEcdsa();

        MustBeRefused(thief.Approve(Content), "not one of");
        MustBeRefused(thief.Approve(Content) with { CredentialId = _device.CredentialId }, "signature");
    }

    /// <summary>The device's own signature, over something that is not this approval.</summary>
    [TestCase("""{"type":"webauthn.create","challenge":"C","origin":"https://sign.example.com"}""", "type")]
    [TestCase("""{"type":"WEBAUTHN.GET","challenge":"C","origin":"https://sign.example.com"}""", "type")]
    [TestCase("""{"challenge":"C","origin":"https://sign.example.com"}""", "no text type")]
    [TestCase("""{"type":"webauthn.get","challenge":"","origin":"https://sign.example.com"}""", "challenge")]
    [TestCase("""{"type":"webauthn.get","challenge":"C=","origin":"https://sign.example.com"}""", "challenge")]
    [TestCase("""{"type":"webauthn.get","challenge":["C"],"origin":"https://sign.example.com"}""", "no text challenge")]
    [TestCase("""{"type":"webauthn.get","origin":"https://sign.example.com"}""", "no text challenge")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com/"}""", "origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com:8443"}""", "origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://SIGN.example.com"}""", "origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"http://sign.example.com"}""", "origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://www.sign.example.com"}""", "origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C"}""", "no text origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","crossOrigin":true}""", "another origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","crossOrigin":"false"}""", "another origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","crossOrigin":null}""", "another origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","topOrigin":"https://sign.example.com"}""", "another origin")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","type":"webauthn.get"}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","a":{"b":1,"b":2}}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com","\u0074ype":"webauthn.get"}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com",}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com"} {}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"https://sign.example.com"/**/}""", "cannot be read")]
    [TestCase("""{"type":"webauthn.get","challenge":"C","origin":"\ud800"}""", "cannot be read")]
    [TestCase("""[[[[[[[[[1]]]]]]]]]""", "cannot be read")]
    [TestCase("""["webauthn.get"]""", "no text type")]
    [TestCase("null", "no text type")]
    public void CheckApproval_ClientDataSayOtherwise_Refused(string json, string reason)
    {
        byte[] clientData = System.Text.Encoding.UTF8.GetBytes(
            json.Replace("\"C", $"\"{System.Buffers.Text.Base64Url.EncodeToString(Challenge)}", StringComparison.Ordinal));

        MustBeRefused(_device.Approve(clientData, TestDevice.AuthenticatorData(TestDevice.Approved)), reason);
    }

    [Test]
    public void CheckApproval_ClientDataThatAreNoUtf8_Refused()
    {
        byte[] clientData = TestDevice.ClientData("webauthn.get", Challenge, more: ",\"a\":\"X\"");
        clientData[Array.LastIndexOf(clientData, (byte)'X')] = 0xff;

        MustBeRefused(_device.Approve(clientData, TestDevice.AuthenticatorData(TestDevice.Approved)), "not UTF-8");
    }

    [Test]
    public void CheckApproval_OtherContent_Refused()
    {
        MustBeRefused(_device.Approve(Content + " "), "challenge");
        MustBeRefused(
            _device.Approve(
                TestDevice.ClientData("webauthn.get", DeviceChallenge.ForAssignment(Content)), TestDevice.AuthenticatorData(TestDevice.Approved)),
            "challenge");
    }

    [TestCase(0x00, "not present")]
    [TestCase(0x01, "not present")]
    [TestCase(0x04, "not present")]
    [TestCase(0x07, "impossible")]
    [TestCase(0x25, "impossible")]
    [TestCase(0x15, "impossible")]
    [TestCase(0x45, "credential")]
    [TestCase(0x85, "extensions")]
    [TestCase(0x85, "extensions", 0x01)]
    [TestCase(0x85, "cannot be read", 0xa1, 0x01)]
    [TestCase(0x85, "cannot be read", 0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x01)]
    [TestCase(0x85, "bytes follow", 0xa0, 0x00)]
    [TestCase(0x05, "bytes follow", 0xa0)]
    public void CheckApproval_AuthenticatorDataSayOtherwise_Refused(int flags, string reason, params int[] more) => MustBeRefused(
        _device.Approve(
            TestDevice.ClientData("webauthn.get", Challenge), TestDevice.AuthenticatorData((byte)flags, more: [.. more.Select(m => (byte)m)])),
        reason);

    [Test]
    public void CheckApproval_NewCredentialInside_Refused() => MustBeRefused(
        _device.Approve(
            TestDevice.ClientData("webauthn.get", Challenge),
            TestDevice.AuthenticatorData(TestDevice.Approved | TestDevice.WithCredential, more: _device.CredentialData)),
        "credential");

    [Test]
    public void CheckApproval_OtherRpId_Refused() => MustBeRefused(
        _device.Approve(TestDevice.ClientData("webauthn.get", Challenge), TestDevice.AuthenticatorData(TestDevice.Approved, "example.com")),
        "RP ID");

    [Test]
    public void CheckApproval_OneOfSeveralOrigins_Accepted()
    {
        const string Second = "https://phone.sign.example.com:8443";
        Device device = Enrolled(_device, TestDevice.Origin, Second);
        DeviceApproval approval = _device.Approve(
            TestDevice.ClientData("webauthn.get", Challenge, Second), TestDevice.AuthenticatorData(TestDevice.Approved));

        Assert.That(DeviceVerifier.CheckApproval([device], Content, approval), Is.SameAs(device));
    }
}
