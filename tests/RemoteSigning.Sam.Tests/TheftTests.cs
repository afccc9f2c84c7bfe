using System.Net;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// The claim of docs/sam/device-keys.md. The thief owns the AS's signing key and the SSA's TLS key, has every version of
/// every object, and all that the device ever answered. What the thief does not have is the device.
/// </summary>
public sealed class TheftTests
{
    private TestNode _node = null!; // Set before each test runs.
    private TestDevice _stolenFrom = null!;
    private TestDevice _thiefs = null!;
    private DeviceKey _key = null!;
    private DeviceKey _thiefsKey = null!;

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _stolenFrom = TestDevice.NewEcdsa();
        _thiefs = TestDevice.NewEcdsa();
        _key = await DeviceKey.EnrolAsync(_node, _stolenFrom);
        _thiefsKey = await DeviceKey.EnrolAsync(_node, _thiefs, "thief");
    }

    /// <summary>Whatever was tried: no record of the node says that the key signed.</summary>
    [TearDown]
    public async Task Stop()
    {
        try
        {
            Assert.That(
                _node.Records().Where(r => r.KeyId == _key.Enabled.KeyId && r.Event == "sign" && r.Outcome == "success" && r.Transaction != "honest"),
                Is.Empty);
        }
        finally
        {
            _stolenFrom.Dispose();
            _thiefs.Dispose();
            await _node.DisposeAsync();
        }
    }

    /// <summary>The thief mints whatever SAD is wanted.</summary>
    private async Task<Reply> TryAsync(
        KeyPair pair, Func<string, DeviceApproval?> approve, string signer = TestKey.Signer, Func<ActivationContent, ActivationContent>? change = null)
    {
        SignaturesRequest request = DeviceKey.NewRequest(pair, signer);
        TestSad sad = await TestSad.ForAsync(_node, request);
        sad = sad with
        {
            Claims = sad.Claims with { Acr = AssuranceLevel.High, Amr = ["pwd", "otp", "hwk"] },
            Content = change is null ? sad.Content : change(sad.Content),
        };
        return await _node.Client.SignAsync(request with { Approval = approve(sad.ContentText) }, sad.Sign(_node.As1));
    }

    private async Task RefusedAsync(
        string code, KeyPair pair, Func<string, DeviceApproval?> approve, string signer = TestKey.Signer, HttpStatusCode status = HttpStatusCode.Forbidden) =>
        (await TryAsync(pair, approve, signer)).MustBe(status, code);

    [Test]
    public async Task Sign_WithAnAccomplicesDevice_Never()
    {
        await RefusedAsync("device_missing", _key.Enabled, _ => null);
        await RefusedAsync("device_invalid", _key.Enabled, _thiefs.Approve);
        await RefusedAsync("device_invalid", _key.Enabled, c => _thiefs.Approve(c) with { CredentialId = _stolenFrom.CredentialId });
    }

    [Test]
    public async Task Sign_WithOlderObjects_Never()
    {
        await RefusedAsync("key_outdated", _key.Generated, _thiefs.Approve);
        await RefusedAsync("key_outdated", _key.Assigned, _thiefs.Approve);
        await RefusedAsync("key_outdated", _key.Assigned, _ => null);
    }

    [Test]
    public async Task Assign_TheKeyOnceMore_Never()
    {
        (await _node.Client.AssignAsync(_key.Generated, TestKey.Signer)).MustBe(HttpStatusCode.Conflict, "key_assigned");
        (await _node.Client.AssignAsync(_key.Generated, "thief")).MustBe(HttpStatusCode.Conflict, "key_assigned");
        foreach (KeyPair pair in (KeyPair[])[_key.Generated, _key.Assigned, _key.Enabled])
        {
            var skad = TestSkad.For(_node, pair, await _node.EpochAsync());
            DeviceRegistration registration = _thiefs.Register(skad.ContentText);
            (await _node.Client.AssignAsync(DeviceKey.Request(pair, TestKey.Signer, registration), skad.Sign(_node.As1, registration)))
                .MustBe(HttpStatusCode.Conflict, "key_assigned");
        }
    }

    [Test]
    public async Task Sign_WithObjectsPutTogether_Never()
    {
        KeyPair own = _thiefsKey.Enabled;
        KeyPair victims = _key.Enabled;
        KeyPair[] made =
        [
            victims with { Sealed = own.Sealed },
            own with { Sealed = victims.Sealed },
            victims with { Version = 4 },
            victims with { Sealed = [.. own.Sealed[..^64], .. victims.Sealed[^64..]] },
            victims with { Sealed = [.. victims.Sealed[..^64], .. own.Sealed[^64..]] },
        ];

        foreach (KeyPair pair in made)
        {
            await RefusedAsync("integrity_error", pair, _thiefs.Approve, status: HttpStatusCode.BadRequest);
        }

        await RefusedAsync("wrong_signer", victims, _thiefs.Approve, "thief");
        Reply reply = await TryAsync(own, _thiefs.Approve, "thief", c => c with { KeyId = victims.KeyId });
        reply.MustBe(HttpStatusCode.Forbidden, "sad_wrong_key");
    }

    [Test]
    public async Task Sign_WithWhatTheDeviceAnsweredBefore_Never()
    {
        SignaturesRequest honest = DeviceKey.NewRequest(_key.Enabled);
        TestSad sad = await TestSad.ForAsync(_node, honest);
        sad = sad with { Content = sad.Content with { Transaction = "honest" } };
        DeviceApproval approval = _stolenFrom.Approve(sad.ContentText);
        honest = honest with { Approval = approval };
        Assert.That((await _node.Client.SignAsync(honest, sad.Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));

        TestSad again = await TestSad.ForAsync(_node, honest);
        (await _node.Client.SignAsync(honest, (again with { Content = sad.Content }).Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "device_used");
        await RefusedAsync("device_invalid", _key.Enabled, _ => approval);

        // The set that was approved in place of the set that is asked for, and the reverse.
        SignaturesRequest other = DeviceKey.NewRequest(_key.Enabled) with { Approval = approval };
        again = await TestSad.ForAsync(_node, other);
        (await _node.Client.SignAsync(other, (again with { Content = sad.Content }).Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_wrong_set");

        await _node.RestartAsync();
        again = await TestSad.ForAsync(_node, honest);
        (await _node.Client.SignAsync(honest, (again with { Content = sad.Content }).Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");
        await RefusedAsync("device_invalid", _key.Enabled, _ => approval);
    }

    /// <summary>What was signed at enrolment, and where the device's owner is thought to sign in.</summary>
    [Test]
    public async Task Sign_WithTheDevicesAnswersToSomethingElse_Never()
    {
        byte[] data = TestDevice.AuthenticatorData(TestDevice.Approved);
        await RefusedAsync("device_invalid", _key.Enabled, c => _stolenFrom.Approve(
            TestDevice.ClientData("webauthn.create", DeviceChallenge.ForActivation(c)), data));
        await RefusedAsync("device_invalid", _key.Enabled, c => _stolenFrom.Approve(
            TestDevice.ClientData("webauthn.get", DeviceChallenge.ForAssignment(c)), data));
        await RefusedAsync("device_invalid", _key.Enabled, c => _stolenFrom.Approve(
            TestDevice.ClientData("webauthn.get", DeviceChallenge.ForActivation(c), "https://login.example.com"), data));
        await RefusedAsync("device_invalid", _key.Enabled, c => _stolenFrom.Approve(
            TestDevice.ClientData("webauthn.get", DeviceChallenge.ForActivation(c)), TestDevice.AuthenticatorData(TestDevice.Approved, "example.com")));
        await RefusedAsync("device_invalid", _key.Enabled, c => _stolenFrom.Approve(
            TestDevice.ClientData("webauthn.get", DeviceChallenge.ForActivation(c)), TestDevice.AuthenticatorData(0x01)));
    }

    [Test]
    public async Task ProvePossession_AfterCertification_Never()
    {
        (await _node.Client.ProvePossessionAsync(_key.Enabled, [0x30, 0x00], Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.Conflict, "conflict");
        (await _node.Client.ProvePossessionAsync(_key.Assigned, [0x30, 0x00], Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        (await _node.Client.ProvePossessionAsync(_key.Generated, [0x30, 0x00], Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }
}
