using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>Whether the signer agreed to the assignment, and to which devices (SAM-22).</summary>
public sealed class SkadTests
{
    private TestNode _node = null!; // Set before any test runs.
    private TestDevice _device = null!;
    private string _epoch = "";

    [OneTimeSetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _device = TestDevice.NewEcdsa();
        _epoch = await _node.EpochAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _device.Dispose();
        await _node.DisposeAsync();
    }

    private async Task<KeyPair> GenerateAsync() => (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;

    /// <summary>A request that is right, with a SKAD that a test makes wrong.</summary>
    private async Task RefusedAsync(Func<TestSkad, TestSkad> change, string code, HttpStatusCode status = HttpStatusCode.Forbidden)
    {
        KeyPair pair = await GenerateAsync();
        var right = TestSkad.For(_node, pair, _epoch);
        TestSkad skad = change(right);
        DeviceRegistration registration = _device.Register(skad.ContentText);

        Reply reply = await _node.Client.AssignAsync(
            DeviceKey.Request(pair, TestKey.Signer, registration), skad.Sign(_node.As1, registration));

        reply.MustBe(status, code);
        AuditRecord record = _node.Records()[^1];
        Assert.That((record.Event, record.Outcome, record.KeyId), Is.EqualTo((AuditEvents.Assign, code, pair.KeyId)));
        Assert.That(record.Reason, Is.Not.Empty);
        (await _node.Client.AssignAsync(pair, TestKey.Signer)).As(SamJson.Default.KeyPair); // It was nobody's all the same.
    }

    [Test]
    public async Task Assign_DelegatedWithSkad_RecordsTheTerms()
    {
        KeyPair pair = await GenerateAsync();
        var skad = TestSkad.For(_node, pair, _epoch, KeyPolicies.Delegated);

        Reply reply = await _node.Client.AssignAsync(
            new AssignKeyPairRequest(pair, new Signer(TestKey.Signer), TestKey.Subject), skad.Sign(_node.As1));

        Assert.That(reply.KeyPair.Version, Is.EqualTo(2));
        AuditRecord record = _node.Records()[^1];
        Assert.That(
            (record.Jti, record.AuthorizationServer, record.TermsDigest, record.Devices),
            Is.EqualTo((skad.Claims.Jti, "as-1", skad.Content.TermsDigest, (IReadOnlyList<string>?)null)));
    }

    [Test]
    public async Task Assign_DeviceWithoutSkadOrWithTwo_Refused()
    {
        KeyPair pair = await GenerateAsync();
        var skad = TestSkad.For(_node, pair, _epoch);
        DeviceRegistration registration = _device.Register(skad.ContentText);
        AssignKeyPairRequest request = DeviceKey.Request(pair, TestKey.Signer, registration);
        string compact = skad.Sign(_node.As1, registration);

        (await _node.Client.AssignAsync(request, null)).MustBe(HttpStatusCode.Unauthorized, "skad_missing");
        Reply two = await _node.Client.SendAsync(
            HttpMethod.Post, "/sam/v1/signers/$body/key_pairs", request, SamJson.Default.AssignKeyPairRequest, (SkadClaims.HeaderName, compact), (SkadClaims.HeaderName, compact));
        two.MustBe(HttpStatusCode.Forbidden, "skad_invalid"); // HTTP says that both are one value.
    }

    [Test]
    public async Task Assign_SkadIsRequiredByTheNode_DelegatedNeedsOne()
    {
        await using TestNode node = await TestNode.StartNewAsync();
        await node.StopAsync();
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(node.StaticFile))!; // Written by the node's setup.
        configuration["require_skad"] = true;
        File.WriteAllText(node.StaticFile, configuration.ToJsonString());
        await node.StartAsync();
        KeyPair pair = (await node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        var skad = TestSkad.For(node, pair, await node.EpochAsync(), KeyPolicies.Delegated);

        (await node.Client.AssignAsync(pair, TestKey.Signer)).MustBe(HttpStatusCode.Unauthorized, "skad_missing");
        Reply reply = await node.Client.AssignAsync(
            new AssignKeyPairRequest(pair, new Signer(TestKey.Signer), TestKey.Subject), skad.Sign(node.As1));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Assign_SkadByNobodyWhoMay_Invalid()
    {
        KeyPair pair = await GenerateAsync();
        var skad = TestSkad.For(_node, pair, _epoch);
        DeviceRegistration registration = _device.Register(skad.ContentText);
        AssignKeyPairRequest request = DeviceKey.Request(pair, TestKey.Signer, registration);
        using ECDsa stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string genuine = skad.Sign(_node.As1, registration);
        string[] refused =
        [
            skad.Sign(stranger, registration),
            (skad with { Claims = skad.Claims with { Iss = "as-2" } }).Sign(_node.As2, registration),
            (skad with { Claims = skad.Claims with { Iss = "as-9" } }).Sign(_node.As1, registration),
            (skad with { Claims = skad.Claims with { Jti = "" } }).Sign(_node.As1, registration),
            (skad with { Claims = skad.Claims with { Jti = new string('j', 129) } }).Sign(_node.As1, registration),
            genuine[..^2],
            genuine + "." + genuine,
            new string('a', SkadClaims.MaximumLength + 1),
            TestSad.For(_node, DeviceKey.NewRequest(pair), _epoch).Sign(_node.As1),
        ];

        foreach (string compact in refused)
        {
            (await _node.Client.AssignAsync(request, compact)).MustBe(HttpStatusCode.Forbidden, "skad_invalid");
        }

        // Nor does a SKAD activate anything.
        KeyPair enabled = await TestKey.EnabledAsync(_node, TestKey.P256);
        (await _node.Client.SignAsync(DeviceKey.NewRequest(enabled), genuine)).MustBe(HttpStatusCode.Forbidden, "sad_invalid");
    }

    [Test]
    public async Task Assign_SkadForAnotherNodeEpochOrTime_Refused()
    {
        string other = new('0', 32);
        long now = _node.Clock.GetUtcNow().ToUnixTimeSeconds();
        await RefusedAsync(s => s with { Claims = s.Claims with { Aud = "sam-2" } }, "skad_wrong_node");
        await RefusedAsync(s => s with { Content = s.Content with { Node = "sam-2" } }, "skad_wrong_node");
        await RefusedAsync(s => s with { Claims = s.Claims with { Epoch = other } }, "skad_wrong_epoch");
        await RefusedAsync(s => s with { Content = s.Content with { Epoch = other } }, "skad_wrong_epoch");
        await RefusedAsync(s => s with { Claims = s.Claims with { Exp = now + 61 } }, "skad_invalid");
        await RefusedAsync(s => s with { Claims = s.Claims with { Iat = now + 4 } }, "skad_invalid");
        await RefusedAsync(s => s with { Claims = s.Claims with { Iat = now - 63, Exp = now - 3 } }, "skad_expired");
        await RefusedAsync(s => s with { Content = s.Content with { NotAfter = now - 3 } }, "skad_expired");
        await RefusedAsync(s => s with { Content = s.Content with { V = 2 } }, "skad_invalid");
        await RefusedAsync(s => s with { Content = s.Content with { TermsDigest = "" } }, "skad_invalid");
        await RefusedAsync(s => s with { Content = s.Content with { TermsDigest = s.Content.TermsDigest[..42] } }, "skad_invalid");
    }

    [Test]
    public async Task Assign_SkadOfAnotherRequest_Refused()
    {
        await RefusedAsync(s => s with { Content = s.Content with { KeyId = new string('0', 32) } }, "skad_wrong_request");
        await RefusedAsync(s => s with { Content = s.Content with { PublicKeyDigest = s.Content.TermsDigest } }, "skad_wrong_request");
        await RefusedAsync(s => s with { Content = s.Content with { Signer = "signer-2" } }, "skad_wrong_request");
        await RefusedAsync(s => s with { Content = s.Content with { Subject = "CN=Somebody Else" } }, "skad_wrong_request");
        await RefusedAsync(s => s with { Content = s.Content with { Purpose = KeyPurposes.Authentication } }, "skad_wrong_request");
        await RefusedAsync(s => s with { Content = s.Content with { Policy = KeyPolicies.Delegated } }, "skad_wrong_request");
    }

    [Test]
    public async Task Assign_RelyingPartyThatIsNone_Refused()
    {
        await RefusedAsync(s => s with { Content = s.Content with { RpId = null } }, "device_invalid");
        await RefusedAsync(s => s with { Content = s.Content with { Origins = null } }, "device_invalid");
        await RefusedAsync(s => s with { Content = s.Content with { RpId = "example.com" } }, "device_invalid"); // The device was asked for another one.
        await RefusedAsync(s => s with { Content = s.Content with { Origins = ["https://phone.sign.example.com"] } }, "device_invalid");
    }

    [Test]
    public async Task Assign_DevicesThatTheSkadDoesNotName_Refused()
    {
        KeyPair pair = await GenerateAsync();
        using var thief = TestDevice.NewEcdsa();
        var skad = TestSkad.For(_node, pair, _epoch);
        DeviceRegistration own = _device.Register(skad.ContentText);
        DeviceRegistration stolen = thief.Register(skad.ContentText);
        (DeviceRegistration[] Sent, DeviceRegistration[] Named)[] cases = [([stolen], [own]), ([own], []), ([own, stolen], [own]), ([own, stolen], [stolen, own]), ([own], [own, stolen])];

        foreach ((DeviceRegistration[] sent, DeviceRegistration[] named) in cases)
        {
            (await _node.Client.AssignAsync(DeviceKey.Request(pair, TestKey.Signer, sent), skad.Sign(_node.As1, named)))
                .MustBe(HttpStatusCode.Forbidden, "skad_wrong_request");
        }

        (await _node.Client.AssignAsync(DeviceKey.Request(pair, TestKey.Signer, own, own), skad.Sign(_node.As1, own, own)))
            .MustBe(HttpStatusCode.Forbidden, "device_invalid");
    }

    [Test]
    public async Task Assign_ImpossibleNumberOfDevices_Malformed()
    {
        KeyPair pair = await GenerateAsync();
        var skad = TestSkad.For(_node, pair, _epoch);
        DeviceRegistration own = _device.Register(skad.ContentText);
        AssignKeyPairRequest one = DeviceKey.Request(pair, TestKey.Signer, own);
        AssignKeyPairRequest[] refused =
        [
            one with { Devices = null },
            one with { Devices = [] },
            one with { Devices = [own, own, own, own] },
            one with { Policy = KeyPolicies.Delegated },
            one with { Policy = null },
        ];

        foreach (AssignKeyPairRequest request in refused)
        {
            (await _node.Client.AssignAsync(request, skad.Sign(_node.As1, own))).MustBe(HttpStatusCode.BadRequest, "malformed");
        }
    }

    /// <summary>The very same assignment is repeatable, as its answer may have been lost, but with a new SKAD.</summary>
    [Test]
    public async Task Assign_SkadTwice_Used()
    {
        KeyPair pair = await GenerateAsync();
        var skad = TestSkad.For(_node, pair, _epoch);
        DeviceRegistration registration = _device.Register(skad.ContentText);
        AssignKeyPairRequest request = DeviceKey.Request(pair, TestKey.Signer, registration);
        string compact = skad.Sign(_node.As1, registration);
        string another = (skad with { Claims = skad.Claims with { Jti = "another" } }).Sign(_node.As1, registration);

        KeyPair assigned = (await _node.Client.AssignAsync(request, compact)).KeyPair;

        (await _node.Client.AssignAsync(request, compact)).MustBe(HttpStatusCode.Forbidden, "skad_used");
        KeyPair again = (await _node.Client.AssignAsync(request, another)).KeyPair;
        Assert.That(again.Sealed[..^64], Is.EqualTo(assigned.Sealed[..^64]));
    }

    /// <summary>The largest object that there can be is opened again, and each of its devices approves alone.</summary>
    [Test]
    public async Task Assign_ThreeLargeDevicesToALargeKey_EachApproves()
    {
        KeyPair pair = (await _node.Client.GenerateAsync(new KeyTemplate("RSA", 4096))).KeyPair;
        var skad = TestSkad.For(_node, pair, _epoch);
        string[] origins = [TestDevice.Origin, .. Enumerable.Range(1, 3).Select(i => $"https://{string.Join('.', Enumerable.Repeat(new string('a', 50), 4))}{i}.sign.example.com")];
        skad = skad with { Content = skad.Content with { Origins = origins } };
        TestDevice[] devices = [.. Enumerable.Range(0, 3).Select(_ => TestDevice.NewRsa(4096))];
        DeviceRegistration[] registrations = [.. devices.Select(d => d.Register(skad.ContentText))];

        KeyPair assigned = (await _node.Client.AssignAsync(
            DeviceKey.Request(pair, TestKey.Signer, registrations), skad.Sign(_node.As1, registrations))).KeyPair;
        KeyPair enabled = (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;

        foreach (TestDevice device in devices)
        {
            SignaturesRequest request = DeviceKey.NewRequest(enabled) with { SignatureAlgorithm = RemoteSigning.Contracts.Algorithms.Oids.Sha256WithRsa };
            var sad = TestSad.For(_node, request, _epoch);
            sad = sad with { Content = sad.Content with { Transaction = Convert.ToHexString(device.CredentialId) } };
            Reply reply = await _node.Client.SignAsync(request with { Approval = device.Approve(sad.ContentText) }, sad.Sign(_node.As1));
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
            device.Dispose();
        }
    }
}
