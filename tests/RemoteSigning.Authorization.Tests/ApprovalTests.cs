using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>Contents that a device approves before a SAD is minted over them.</summary>
[TestFixture]
public sealed class ApprovalTests
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
    public async Task Activate_OverTheApprovedContent_SameStringInEachSad()
    {
        ActivationRequest request = (await ApproveAsync(1)).Request();

        ApprovalContent approval = await _server.Ssa.PrepareAsync(request);
        Activation first = await _server.Ssa.ActivateAsync(request with { Approval = approval.Approval });
        Activation second = await _server.Ssa.ActivateAsync(request with { Approval = approval.Approval });

        Assert.That(second.Jti, Is.Not.EqualTo(first.Jti));
        foreach (Activation activation in (Activation[])[first, second])
        {
            SadClaims claims = Claims(activation);
            Assert.That(claims.Content, Is.EqualTo(approval.Content));
            Assert.That(claims.Exp - claims.Iat, Is.InRange(30, 60));
        }

        ActivationContent content = JsonSerializer.Deserialize(approval.Content, ActivationJson.Default.ActivationContent)!;
        Assert.That(content.Transaction, Does.EndWith(approval.Approval));
        Assert.That(content.NotAfter - _server.Clock.GetUtcNow().ToUnixTimeSeconds(), Is.EqualTo(approval.ExpiresIn).And.InRange(60, 840));
    }

    [Test]
    public async Task Prepare_TakesTheUnits()
    {
        ActivationCase approved = await ApproveAsync(2);

        ApprovalContent first = await _server.Ssa.PrepareAsync(approved.Request());
        ApprovalContent second = await _server.Ssa.PrepareAsync(approved.Request());

        Assert.That(await _server.Ssa.TryPrepareAsync(approved.Request()), Is.EqualTo("400 sad_invalid"));
        Assert.That(Transaction(first), Is.Not.EqualTo(Transaction(second)), "the SAM takes one approval for each transaction");
    }

    [Test]
    public async Task Activate_OtherThanApproved_Refused()
    {
        ActivationCase approved = await ApproveAsync(3);
        ActivationRequest request = approved.Request();
        ApprovalContent approval = await _server.Ssa.PrepareAsync(request);
        ActivationRequest good = request with { Approval = approval.Approval };
        ActivationCase other = await ApproveAsync(1);
        (string Name, ActivationRequest Request, string Code)[] cases =
        [
            ("none", request, "400 device_missing"),
            ("other hashes", good with { Entries = [ActivationCase.Entry()] }, "400 content_unknown"),
            ("more hashes", good with { Entries = [.. request.Entries, ActivationCase.Entry()] }, "400 content_unknown"),
            ("other node", good with { Node = TestServer.OtherNode }, "400 content_unknown"),
            ("other epoch", good with { Epoch = new string('f', 32) }, "400 content_unknown"),
            ("other transaction", good with { Sad = other.Sad, CredentialId = other.Credential }, "400 content_unknown"),
            ("unknown", good with { Approval = "nul\0" }, "400 content_unknown"),
            ("wrong SAD", good with { Sad = "x" }, "400 sad_invalid"),
        ];
        foreach ((string name, ActivationRequest asked, string code) in cases)
        {
            Assert.That(await _server.Ssa.TryActivateAsync(asked), Is.EqualTo(code), name);
        }

        Assert.That(await _server.Ssa.TryPrepareAsync(good), Is.EqualTo("400 malformed"));
        Assert.That(await _server.Ssa.TryActivateAsync(good), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_CredentialWithoutDevices_TakesNoApproval()
    {
        ActivationCase plain = await ActivationCase.ApproveAsync(_server, _signer, 2);

        Assert.That(await _server.Ssa.TryPrepareAsync(plain.Request()), Is.EqualTo("403 not_allowed"));
        Assert.That(await _server.Ssa.TryActivateAsync(plain.Request() with { Approval = "any" }), Is.EqualTo("400 content_unknown"));
        Assert.That(await plain.TryAsync(2), Is.EqualTo("201"), "nothing was taken");
    }

    [Test]
    public async Task Activate_OftenOrLate_ContentExpired()
    {
        ActivationCase approved = await ApproveAsync(2);
        ActivationRequest often = approved.Request();
        often = often with { Approval = (await _server.Ssa.PrepareAsync(often)).Approval };
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await _server.Ssa.TryActivateAsync(often), Is.EqualTo("201"));
        }

        Assert.That(await _server.Ssa.TryActivateAsync(often), Is.EqualTo("400 content_expired"));
        ActivationRequest late = approved.Request();
        late = late with { Approval = (await _server.Ssa.PrepareAsync(late)).Approval };
        _server.Clock.Advance(TimeSpan.FromSeconds(300));
        Assert.That(await _server.Ssa.TryActivateAsync(late), Is.EqualTo("400 sad_expired"), "with its transaction");
    }

    [Test]
    public async Task Report_OfAnApproval_GivesTheUnitsBackOnceAndEndsIt()
    {
        ActivationCase approved = await ApproveAsync(1);
        ActivationRequest request = approved.Request();
        request = request with { Approval = (await _server.Ssa.PrepareAsync(request)).Approval };
        Activation first = await _server.Ssa.ActivateAsync(request);
        Activation second = await _server.Ssa.ActivateAsync(request);

        Assert.That(await NotSentAsync(first), Is.EqualTo("204"));

        Assert.That(await NotSentAsync(second), Is.EqualTo("409 conflict"));
        Assert.That(await _server.Ssa.TryActivateAsync(request), Is.EqualTo("400 content_unknown"));
        Assert.That(await _server.Ssa.TryPrepareAsync(approved.Request()), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TryPrepareAsync(approved.Request()), Is.EqualTo("400 sad_invalid"));
    }

    private static string Transaction(ApprovalContent approval) =>
        JsonSerializer.Deserialize(approval.Content, ActivationJson.Default.ActivationContent)!.Transaction;

    private static SadClaims Claims(Activation activation)
    {
        Assert.That(CompactJws.TryRead(activation.SamSad, SadClaims.JwsType, out CompactJws? jws), Is.True);
        return JsonSerializer.Deserialize(Encoding.UTF8.GetString(jws!.Payload), ActivationJson.Default.SadClaims)!;
    }

    private Task<string> NotSentAsync(Activation activation) =>
        _server.Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.NotSent));

    private async Task<ActivationCase> ApproveAsync(int count)
    {
        // Each registration needs a code of its own.
        _server.Clock.Advance(TimeSpan.FromSeconds(30));
        DeviceCase device = await DeviceCase.CompleteAsync(_server, _signer);
        Transaction transaction = await _server.Ssa.ApproveAsync(new TransactionRequest(_signer.Token, device.Request.CredentialId, count, Pin: _signer.Pin));
        return new ActivationCase(_server, _signer, device.Request.CredentialId, transaction.Sad);
    }
}
