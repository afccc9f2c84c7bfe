using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Agent.Tests;

/// <summary>The factors from an owner-only file.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SecretsFileUiTests
{
    private static readonly SignatureQuestion Both = new("/usr/bin/program", "Key", true, "SHA256", "00", null, true, true, null);

    /// <summary>RFC 6238, appendix B, the last six digits.</summary>
    [TestCase(59, "287082")]
    [TestCase(1111111109, "081804")]
    [TestCase(1234567890, "005924")]
    [TestCase(20000000000, "353130")]
    public void Code_Rfc6238Vectors_AreMet(long seconds, string code) => Assert.That(
        SecretsFileUi.Code(SecretsFileUi.FromBase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), seconds / 30), Is.EqualTo(code));

    [Test]
    public async Task Approve_TwiceWithinAStep_WaitsForTheNextStep()
    {
        using var folder = new TemporaryFolder();
        using var clock = new TimerClock();
        SecretsFileUi ui = Make(folder, clock, """{"pin":"4711","totpSecret":"GEZDGNBVGY3TQOJQ"}""");
        using SignatureApproval? first = await ui.ApproveAsync(Both, CancellationToken.None);
        Task<SignatureApproval?> waiting = ui.ApproveAsync(Both, CancellationToken.None);
        await clock.TimerSetAsync();
        Assert.That(waiting.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromSeconds(30));
        using SignatureApproval? second = await waiting;
        byte[] key = SecretsFileUi.FromBase32("GEZDGNBVGY3TQOJQ");
        long step = clock.GetUtcNow().ToUnixTimeSeconds() / 30;
        Assert.That(first?.Pin?.Reveal(), Is.EqualTo("4711"));
        Assert.That((first?.Otp?.Reveal(), second?.Otp?.Reveal()), Is.EqualTo((SecretsFileUi.Code(key, step - 1), SecretsFileUi.Code(key, step))));
    }

    [TestCase("""{"pin":"4711"}""", "holds no \"totpSecret\"")]
    [TestCase("""{"pin":"4711","totpSecret":"0189"}""", "not base32")]
    [TestCase("""{"totpSecret":"GEZDGNBV"}""", "holds no \"pin\"")]
    [TestCase("""{"pin":""", "cannot be read as JSON")]
    public void Approve_FileIncomplete_SaysWhatIsMissing(string json, string words)
    {
        using var folder = new TemporaryFolder();
        ProblemException? refusal = Assert.ThrowsAsync<ProblemException>(() =>
            Make(folder, TimeProvider.System, json).ApproveAsync(Both, CancellationToken.None));
        Assert.That(refusal?.Message, Does.Contain(words).And.Not.Contain("4711"));
    }

    [Test]
    public void AskPin_FileOpenToOthers_IsRefused()
    {
        using var folder = new TemporaryFolder();
        SecretsFileUi ui = Make(folder, TimeProvider.System, """{"pin":"4711"}""");
        File.SetUnixFileMode(folder.In("secrets.json"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        ProblemException? refusal = Assert.ThrowsAsync<ProblemException>(() => ui.AskPinAsync(new PinQuestion("/usr/bin/program", null), CancellationToken.None));
        Assert.That(refusal?.Message, Does.Contain("chmod 600"));
    }

    private static SecretsFileUi Make(TemporaryFolder folder, TimeProvider clock, string json)
    {
        OwnerOnly.Write(folder.In("secrets.json"), json);
        return new SecretsFileUi(folder.In("secrets.json"), new UnixSystem(new ListLog()), clock);
    }
}
