using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Authorization.Api;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Authorization.Tests;

/// <summary>How a signer's devices come to a new key: terms, factors, SKAD.</summary>
[TestFixture]
public sealed class DeviceRegistrationTests
{
    private TestServer _server = null!; // Set before each test.
    private TestSigner _signer = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignInAsync() => _signer = await TestSigner.CreateAsync(_server);

    [Test]
    public async Task Skad_PinAndCodeShown_VouchesForExactlyTheseDevices()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        DeviceRegistration[] devices = [DeviceCase.Answer(begun.Offer.Content), DeviceCase.Answer(begun.Offer.Content)];

        Skad skad = await _server.Ssa.MintSkadAsync(begun.Skad(devices));

        SkadClaims claims = Read(skad.SamSkad);
        AssignmentContent content = JsonSerializer.Deserialize(claims.Content, ActivationJson.Default.AssignmentContent)!;
        DeviceRegistrationRequest asked = begun.Request;
        Assert.Multiple(() =>
        {
            Assert.That(claims.Content, Is.EqualTo(begun.Offer.Content), "the very string");
            Assert.That((claims.Iss, claims.Aud, claims.Epoch, claims.Jti), Is.EqualTo((TestServer.Issuer, asked.Node, asked.Epoch, skad.Jti)));
            Assert.That(claims.Exp - claims.Iat, Is.InRange(30, 60));
            Assert.That(claims.Devices, Is.EqualTo(devices.Select(d => Base64Url.EncodeToString(d.Digest()))));
            Assert.That(
                content with { Origins = null },
                Is.EqualTo(new AssignmentContent(
                    1, asked.Node, asked.Epoch, asked.KeyId, Base64Url.EncodeToString(SHA256.HashData(asked.PublicKey)), _signer.Id, asked.Subject,
                    KeyPurposes.Signature, KeyPolicies.Device, Base64Url.EncodeToString(asked.TermsDigest),
                    _server.Clock.GetUtcNow().ToUnixTimeSeconds() + begun.Offer.ExpiresIn, "sign.example.com")));
            Assert.That(content.Origins, Is.EqualTo((string[])[DeviceCase.Origin]));
        });
        MintedSkad listed = (await _server.Ssa.ListDevicesAsync(new(_signer.Token, asked.CredentialId))).Skads.Single();
        Assert.That((listed.Jti, listed.Acr, string.Join(' ', listed.Amr)), Is.EqualTo((skad.Jti, "substantial", "pwd pin otp")));
        Assert.That(listed.Devices, Is.EqualTo(devices.Select(d => d.Digest())));
        Assert.That(_server.Logs.Text, Does.Contain(skad.Jti));
        Assert.That(_server.Logs.Text, Does.Not.Contain(skad.SamSkad));
    }

    /// <summary>A key of policy delegated: the signer agrees by his factors alone.</summary>
    [Test]
    public async Task Skad_OfPolicyDelegated_TakesFactorsAndNoDevice()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer, r => r with { Policy = KeyPolicies.Delegated, MaxDevices = 0 });
        AssignmentContent content = JsonSerializer.Deserialize(begun.Offer.Content, ActivationJson.Default.AssignmentContent)!;
        SkadRequest good = begun.Skad() with { Devices = [] };
        CredentialRegistration credential = begun.Credential() with { Policy = KeyPolicies.Delegated };

        Assert.That((content.Policy, content.RpId, content.Origins), Is.EqualTo((KeyPolicies.Delegated, (string?)null, (IReadOnlyList<string>?)null)));
        Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad()), Is.EqualTo("400 malformed"), "no device belongs to it");
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Pin = null }), Is.EqualTo("400 pin_missing"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Otp = null }), Is.EqualTo("400 otp_missing"));
        Assert.That(await _server.Ssa.TryRegisterAsync(credential), Is.EqualTo("409 conflict"), "the signer has not agreed yet");
        Assert.That(await _server.Ssa.TryMintSkadAsync(good), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TryRegisterAsync(begun.Credential()), Is.EqualTo("409 conflict"), "it has no device");
        Assert.That(await _server.Ssa.TryRegisterAsync(credential), Is.EqualTo("201"));
    }

    [Test]
    public async Task Begin_PolicyAndDevicesThatDoNotFit_Malformed()
    {
        DeviceRegistrationRequest request = DeviceCase.New(_signer);

        Assert.That(await _server.Ssa.TryBeginDevicesAsync(request with { Policy = KeyPolicies.Delegated }), Is.EqualTo("400 malformed"));
        Assert.That(await _server.Ssa.TryBeginDevicesAsync(request with { Policy = "other" }), Is.EqualTo("400 malformed"));
    }

    [Test]
    public async Task Skad_FactorMissingWrongOrUsed_None()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        SkadRequest good = begun.Skad();

        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Pin = null }), Is.EqualTo("400 pin_missing"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Otp = "" }), Is.EqualTo("400 otp_missing"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Pin = TestSigner.WrongPin }), Is.EqualTo("400 pin_invalid"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Otp = _signer.WrongCode() }), Is.EqualTo("400 otp_invalid"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good), Is.EqualTo("400 otp_invalid"), "the code was used");
    }

    [Test]
    public async Task Skad_OfAnotherSignerOrSsa_NotFound()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        TestSigner other = await TestSigner.CreateAsync(_server);
        SkadRequest good = begun.Skad();

        Assert.That(
            await _server.Ssa.TryMintSkadAsync(good with { AccessToken = other.Token, Pin = other.Pin, Otp = other.Code() }),
            Is.EqualTo("404 not_found"));
        Assert.That(await _server.OtherSsa.TryMintSkadAsync(good), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(good with { Registration = "nul\0" }), Is.EqualTo("404 not_found"));
        Assert.That(await _server.Ssa.TryListDevicesAsync(new(other.Token, begun.Request.CredentialId)), Is.EqualTo("400 credential_unknown"));
    }

    [Test]
    public async Task Skad_DevicesThatDidNotAnswerThisContent_Refused()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer, r => r with { MaxDevices = 2 });
        string content = begun.Offer.Content;
        DeviceRegistration good = DeviceCase.Answer(content);
        (string Name, DeviceRegistration[] Devices, string Code)[] cases =
        [
            ("another content", [DeviceCase.Answer(content + " ")], "400 device_invalid"),
            ("an approval", [DeviceCase.Answer(content, type: "webauthn.get")], "400 device_invalid"),
            ("another origin", [DeviceCase.Answer(content, origin: "https://sign.example.org")], "400 device_invalid"),
            ("one of two", [good, DeviceCase.Answer("{}")], "400 device_invalid"),
            ("twice", [good, good], "400 device_invalid"),
            ("no JSON", [good with { ClientDataJson = "{"u8.ToArray() }], "400 device_invalid"),
            ("an array", [good with { ClientDataJson = "[]"u8.ToArray() }], "400 device_invalid"),
            ("doubled member", [good with { ClientDataJson = [.. good.ClientDataJson[..^1], .. ",\"type\":\"webauthn.create\"}"u8] }], "400 device_invalid"),
            ("too long", [good with { ClientDataJson = [.. Enumerable.Repeat((byte)' ', 4000), .. good.ClientDataJson] }], "400 device_invalid"),
            ("long attestation", [good with { AttestationObject = new byte[8193] }], "400 device_invalid"),
            ("three of two", [good, DeviceCase.Answer(content), DeviceCase.Answer(content)], "400 malformed"),
        ];
        foreach ((string name, DeviceRegistration[] devices, string code) in cases)
        {
            Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad(devices)), Is.EqualTo(code), name);
        }

        Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad() with { Devices = [] }), Is.EqualTo("400 malformed"));
        Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad()), Is.EqualTo("201"), "none of them used the code up");
    }

    [Test]
    public async Task Skad_TooManyTooLateOrAfterTheCredential_None()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        for (int i = 0; i < MintSkad.MostSkads; i++)
        {
            Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad()), Is.EqualTo("201"));
            _server.Clock.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.That(await _server.Ssa.TryMintSkadAsync(begun.Skad()), Is.EqualTo("400 registration_expired"));
        DeviceCase late = await DeviceCase.BeginAsync(_server, _signer);
        _server.Clock.Advance(TimeSpan.FromSeconds(900));
        Assert.That(await _server.Ssa.TryMintSkadAsync(late.Skad()), Is.EqualTo("400 registration_expired"));
        DeviceCase done = await DeviceCase.CompleteAsync(_server, _signer);
        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await _server.Ssa.TryMintSkadAsync(done.Skad()), Is.EqualTo("409 conflict"));
    }

    [Test]
    public async Task Begin_SameCredentialOrKeyOrNonsense_Refused()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        DeviceRegistrationRequest fresh = DeviceCase.New(_signer);
        (DeviceRegistrationRequest Request, string Code)[] cases =
        [
            (begun.Request, "409 conflict"),
            (fresh with { KeyId = begun.Request.KeyId }, "409 conflict"),
            (fresh with { CredentialId = begun.Request.CredentialId }, "409 conflict"),
            (fresh with { Signer = "nobody" }, "404 not_found"),
            (fresh with { Node = "sam-9" }, "400 sad_wrong_node"),
            (fresh with { Epoch = "E" }, "400 malformed"),
            (fresh with { Purpose = "everything" }, "400 malformed"),
            (fresh with { TermsDigest = new byte[31] }, "400 malformed"),
            (fresh with { MaxDevices = 0 }, "400 malformed"),
            (fresh with { MaxDevices = 4 }, "400 malformed"),
            (fresh with { PublicKey = [] }, "400 malformed"),
            (fresh with { PublicKey = new byte[1025] }, "400 malformed"),
            (fresh with { Subject = new string('s', 1025) }, "400 malformed"),
        ];
        foreach ((DeviceRegistrationRequest request, string code) in cases)
        {
            Assert.That(await _server.Ssa.TryBeginDevicesAsync(request), Is.EqualTo(code), request.ToString());
        }

        Assert.That(await _server.Operator.TryBeginDevicesAsync(fresh), Is.EqualTo("403 role_forbidden"));
    }

    [Test]
    public async Task Begin_ManyThatWait_Bounded()
    {
        for (int i = 0; i < BeginDeviceRegistration.MostWaiting; i++)
        {
            await DeviceCase.BeginAsync(_server, _signer);
        }

        Assert.That(await _server.Ssa.TryBeginDevicesAsync(DeviceCase.New(_signer)), Is.EqualTo("400 count_too_high"));
        _server.Clock.Advance(TimeSpan.FromSeconds(900));
        Assert.That(await _server.Ssa.TryBeginDevicesAsync(DeviceCase.New(_signer)), Is.EqualTo("201"));
    }

    [Test]
    public async Task Credential_PolicyOtherThanItsRegistration_Refused()
    {
        DeviceCase begun = await DeviceCase.BeginAsync(_server, _signer);
        CredentialRegistration credential = begun.Credential();
        Assert.That(await _server.Ssa.TryRegisterAsync(credential), Is.EqualTo("409 conflict"), "nobody vouched for a device");
        await _server.Ssa.MintSkadAsync(begun.Skad());

        (CredentialRegistration Credential, string Code)[] cases =
        [
            (credential with { Policy = KeyPolicies.Delegated }, "409 conflict"),
            (credential with { CredentialId = "another", Policy = KeyPolicies.Delegated }, "409 conflict"),
            (credential with { CredentialId = "another" }, "409 conflict"),
            (credential with { KeyId = "another" }, "409 conflict"),
            (credential with { Policy = "none" }, "400 malformed"),
            (credential, "201"),
        ];
        foreach ((CredentialRegistration asked, string code) in cases)
        {
            Assert.That(await _server.Ssa.TryRegisterAsync(asked), Is.EqualTo(code), asked.ToString());
        }
    }

    private SkadClaims Read(string compact)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(_server.DataFolder, "sad-public-key.pem")));
        Assert.That(CompactJws.TryRead(compact, SkadClaims.JwsType, out CompactJws? jws), Is.True);
        Assert.That(CompactJws.TryRead(compact, SadClaims.JwsType, out _), Is.False, "no SAD");
        Assert.That(jws!.Verify(key), Is.True);
        return JsonSerializer.Deserialize(Encoding.UTF8.GetString(jws.Payload), ActivationJson.Default.SkadClaims)!;
    }
}
