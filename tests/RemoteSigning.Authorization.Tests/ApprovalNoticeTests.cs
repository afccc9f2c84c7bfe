using RemoteSigning.Authorization.Api;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>The e-mail that an approval waits, through a real mail server.</summary>
[TestFixture]
public sealed class ApprovalNoticeTests
{
    private CodeWorld _world = null!; // Set before each test, as are the next two.
    private TestSigner _signer = null!;
    private ApprovalNoticeRequest _request = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _world = await CodeWorld.StartAsync();
        _signer = await TestSigner.CreateAsync(_world.Server);
        DeviceCase device = await DeviceCase.CompleteAsync(_world.Server, _signer);
        _request = new ApprovalNoticeRequest(_signer.Token, device.Request.CredentialId, 3, "My key", "Two pages");
    }

    [TearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [Test]
    public async Task Tell_AnApprovalWaits_MailSaysWhatAndHoldsNothingToApproveWith()
    {
        ApprovalNotice notice = await _world.Server.Ssa.TellOfApprovalAsync(_request);

        Assert.That(notice.Outcome, Is.EqualTo(ApprovalNotice.Sent));
        string mail = Mails.Single();
        Assert.That(mail, Does.Contain("An approval waits at Pr\u00fcfdienst"));
        Assert.That(mail, Does.Contain("Signing key: \"My key\"\nNumber of signatures: 3\nThe application says: \"Two pages\"\n"));
        Assert.That(mail, Does.Not.Contain("http").And.Not.Contain(_signer.Token).And.Not.Contain(_request.CredentialId));
    }

    [Test]
    public async Task Tell_TextOfAStranger_IsCleanedAndCut()
    {
        await _world.Server.Ssa.TellOfApprovalAsync(_request with { Label = "\u202e", Description = "a\r\nBcc: b\u202e\u0000" + new string('x', 500) });

        string mail = Mails.Single();
        Assert.That(mail, Does.Contain($"The application says: \"aBcc: b{new string('x', 100 - 7)}\"\n").And.Not.Contain("Signing key"));
    }

    [Test]
    public async Task Tell_AgainAndAgain_OneMailInFiveMinutes()
    {
        ApprovalNotice[] atOnce = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _world.Server.Ssa.TellOfApprovalAsync(_request)));
        _world.Server.Clock.Advance(TellOfApproval.Pause - TimeSpan.FromSeconds(1));
        ApprovalNotice early = await _world.Server.Ssa.TellOfApprovalAsync(_request);
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(1));
        ApprovalNotice later = await _world.Server.Ssa.TellOfApprovalAsync(_request);

        Assert.That(atOnce.Count(n => n.Outcome == ApprovalNotice.Sent), Is.EqualTo(1));
        Assert.That(atOnce.Count(n => n.Outcome == ApprovalNotice.TooSoon), Is.EqualTo(5));
        Assert.That((early.Outcome, later.Outcome), Is.EqualTo((ApprovalNotice.TooSoon, ApprovalNotice.Sent)));
        Assert.That(Mails, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Tell_MailServerAway_SaysSo()
    {
        _world.Mail.Stop();

        Assert.That((await _world.Server.Ssa.TellOfApprovalAsync(_request)).Outcome, Is.EqualTo(ApprovalNotice.NotSent));
    }

    [Test]
    public async Task Tell_WhatIsNotTheSignersOrHasNoDevice_IsRefused()
    {
        TestSigner other = await TestSigner.CreateAsync(_world.Server);
        string plain = await _signer.AddCredentialAsync();

        Assert.That(await _world.Server.Ssa.TryTellOfApprovalAsync(_request with { AccessToken = other.Token }), Is.EqualTo("400 credential_unknown"));
        Assert.That(await _world.Server.Ssa.TryTellOfApprovalAsync(_request with { CredentialId = plain }), Is.EqualTo("403 not_allowed"));
        Assert.That(await _world.Server.Ssa.TryTellOfApprovalAsync(_request with { NumSignatures = 0 }), Is.EqualTo("400 malformed"));
        Assert.That(Mails, Is.Empty);
    }

    private IReadOnlyList<string> Mails => [.. _world.Mail.Read(_signer.Account.Email).Select(m => m.ReplaceLineEndings("\n"))];
}
