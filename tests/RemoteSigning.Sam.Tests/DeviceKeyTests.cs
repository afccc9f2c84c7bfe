using System.Net;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>Signatures of a key whose policy demands a device, at a running node.</summary>
public sealed class DeviceKeyTests
{
    private TestNode _node = null!; // Set before each test runs.
    private TestDevice _device = null!;
    private KeyPair _key = null!;

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _device = TestDevice.NewEcdsa();
        _key = (await DeviceKey.EnrolAsync(_node, _device)).Enabled;
    }

    [TearDown]
    public async Task Stop()
    {
        _device.Dispose();
        await _node.DisposeAsync();
    }

    private async Task RefusedAsync(SignaturesRequest request, TestSad sad, string code)
    {
        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, code);
        AuditRecord record = _node.Records()[^1];
        Assert.That((record.Event, record.Outcome, record.Jti), Is.EqualTo(("sign", code, sad.Claims.Jti)));
        Assert.That(record.Reason, Is.Not.Empty);
    }

    [Test]
    public async Task Sign_ApprovedByTheDevice_SignsAndRecordsIt()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad sad = await TestSad.ForAsync(_node, request);

        Reply reply = await _node.Client.SignAsync(request with { Approval = _device.Approve(sad.ContentText) }, sad.Sign(_node.As1));

        Assert.That(
            TestKey.Verifies(_key, Oids.EcdsaWithSha256, [], request.Requests[0].Dtbs, reply.Signatures.Values[0]), Is.True);
        AuditRecord record = _node.Records()[^1];
        string device = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(_device.CredentialId));
        Assert.That((record.Outcome, record.DisplayDigest), Is.EqualTo(("success", sad.Content.DisplayDigest)));
        Assert.That(record.Devices, Is.EqualTo((string[])[device]));
        Assert.That(_node.Records().Single(r => r.Event == AuditEvents.Assign).Devices, Is.EqualTo((string[])[device]));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Sign_WithoutApproval_RefusedAndTheSadIsUsed()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad sad = await TestSad.ForAsync(_node, request);

        await RefusedAsync(request, sad, "device_missing");
        await RefusedAsync(request with { Approval = _device.Approve(sad.ContentText) }, sad, "sad_used");
    }

    [Test]
    public async Task Sign_ApprovalOfOtherContent_Refused()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad approved = await TestSad.ForAsync(_node, request);
        DeviceApproval approval = _device.Approve(approved.ContentText);
        long now = _node.Clock.GetUtcNow().ToUnixTimeSeconds();
        ActivationContent[] others =
        [
            approved.Content with { Transaction = "transaction-2" },
            approved.Content with { ClientId = "client-2" },
            approved.Content with { DisplayDigest = "" },
            approved.Content with { NotAfter = now + 301 },
        ];

        foreach (ActivationContent other in others)
        {
            TestSad sad = await TestSad.ForAsync(_node, request);
            await RefusedAsync(request with { Approval = approval }, sad with { Content = other }, "device_invalid");
        }

        SignaturesRequest second = DeviceKey.NewRequest(_key);
        await RefusedAsync(second with { Approval = approval }, await TestSad.ForAsync(_node, second), "device_invalid");
    }

    [Test]
    public async Task Sign_ApprovalForTooLong_Refused()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad sad = await TestSad.ForAsync(_node, request);
        sad = sad with { Content = sad.Content with { NotAfter = _node.Clock.GetUtcNow().ToUnixTimeSeconds() + 902 } };

        await RefusedAsync(request with { Approval = _device.Approve(sad.ContentText) }, sad, "device_invalid");
    }

    [Test]
    public async Task Sign_ApprovalForADelegatedKey_Refused()
    {
        KeyPair delegated = await TestKey.EnabledAsync(_node, TestKey.P256);
        SignaturesRequest request = DeviceKey.NewRequest(delegated);
        TestSad sad = await TestSad.ForAsync(_node, request);

        await RefusedAsync(request with { Approval = _device.Approve(sad.ContentText) }, sad, "device_invalid");
    }

    [Test]
    public async Task Sign_SecondSadForOneApproval_RefusedWhileItLives()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad first = await TestSad.ForAsync(_node, request);
        request = request with { Approval = _device.Approve(first.ContentText) };
        Assert.That((await _node.Client.SignAsync(request, first.Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));

        // The content lives 300 s, and 2 s are allowed.
        foreach ((int seconds, string code) in ((int, string)[])[(0, "device_used"), (80, "device_used"), (221, "device_used"), (2, "sad_expired")])
        {
            _node.Clock.Advance(TimeSpan.FromSeconds(seconds));
            TestSad again = await TestSad.ForAsync(_node, request);
            await RefusedAsync(request, again with { Content = first.Content }, code);
        }
    }

    [Test]
    public async Task Sign_SameTransactionApprovedAgain_Refused()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad first = await TestSad.ForAsync(_node, request);
        Assert.That(
            (await _node.Client.SignAsync(request with { Approval = _device.Approve(first.ContentText) }, first.Sign(_node.As1))).Status,
            Is.EqualTo(HttpStatusCode.OK));
        SignaturesRequest second = DeviceKey.NewRequest(_key);
        TestSad sad = await TestSad.ForAsync(_node, second);

        await RefusedAsync(second with { Approval = _device.Approve(sad.ContentText) }, sad, "device_used");
    }

    [Test]
    public async Task Sign_HundredParallelSadsForOneApproval_OneSignature()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad first = await TestSad.ForAsync(_node, request);
        request = request with { Approval = _device.Approve(first.ContentText) };
        string[] sads =
        [
            .. Enumerable.Range(0, 100).Select(i => (first with { Claims = first.Claims with { Jti = $"jti-{i}" } }).Sign(_node.As1)),
        ];

        Reply[] replies = await Task.WhenAll(sads.Select(s => _node.Client.SignAsync(request, s)));

        Assert.That(replies.Count(r => r.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(
            replies.Where(r => r.Status != HttpStatusCode.OK).Select(r => r.Problem.Code), Is.All.EqualTo("device_used"));
    }

    [Test]
    public async Task Sign_SadDiedBeforeItWasUsed_ApprovalServesANewSad()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad late = await TestSad.ForAsync(_node, request);
        request = request with { Approval = _device.Approve(late.ContentText) };
        _node.Clock.Advance(TimeSpan.FromSeconds(63));
        await RefusedAsync(request, late, "sad_expired");
        TestSad anew = (await TestSad.ForAsync(_node, request)) with { Content = late.Content };

        Assert.That((await _node.Client.SignAsync(request, anew.Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_ApprovalOfAnEarlierEpoch_Refused()
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        TestSad before = await TestSad.ForAsync(_node, request);
        request = request with { Approval = _device.Approve(before.ContentText) };

        await _node.RestartAsync();

        TestSad after = await TestSad.ForAsync(_node, request);
        await RefusedAsync(request, after, "device_invalid");
        after = after with { Claims = after.Claims with { Jti = "another" }, Content = before.Content };
        await RefusedAsync(request, after, "sad_wrong_epoch");
    }

    [TestCase("""{"credential_id":"AA=="}""")]
    [TestCase("""{"credential_id":"AA==","authenticator_data":null,"client_data_json":"","signature":""}""")]
    [TestCase("""{"credential_id":"AA==","authenticator_data":"*","client_data_json":"","signature":""}""")]
    [TestCase("[]")]
    public async Task Sign_ApprovalThatIsNone_Malformed(string approval)
    {
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        string body = System.Text.Json.JsonSerializer.Serialize(request, SamJson.Default.SignaturesRequest);
        body = $"{body[..^1]},\"approval\":{approval}}}";

        (await _node.Client.SendAsync(HttpMethod.Post, "/sam/v1/signatures", body)).MustBe(HttpStatusCode.BadRequest, "malformed");
    }
}
