using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>Two real nodes of the SAM behind the signing server.</summary>
public sealed class SamClusterTests
{
    private RunningSandbox _sandbox = null!; // Set before each test.

    [SetUp]
    public async Task StartAsync() => _sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(
            Path.Combine(Installation.Current.Artifacts, "end-to-end", "cluster"), "pin", SampleSigner.One, WithAgent: false, SamNodes: 2),
        Steps.Silent,
        CancellationToken.None);

    [TearDown]
    public async Task StopAsync() => await _sandbox.DisposeAsync();

    [Test]
    public async Task OneNodeKilled_During200Signatures_TheOtherGoesOnAndItComesBack()
    {
        using SigningLoad load = await SigningLoad.PrepareAsync(_sandbox);
        (int OfFirst, int OfSecond) before = (0, 0);

        await load.RunAsync(async () =>
        {
            before = (SignedBy("sam-1"), SignedBy("sam-2"));
            _sandbox.SamNodes[1].Kill();
            await _sandbox.SamNodes[1].StartAsync(CancellationToken.None);
        });

        load.AssertAccounted();
        Assert.That(before.OfFirst, Is.Positive, "both had their share before");
        Assert.That(before.OfSecond, Is.Positive, "both had their share before");
        Assert.That(SignedBy("sam-1"), Is.GreaterThan(before.OfFirst), "the first one goes on");
        await _sandbox.WaitForPeersAsync(CancellationToken.None);
        await load.AssertGoesOnAsync();
    }

    [Test]
    public void Examples_InTheirOrder_PrintWhatThePageSays() =>
        Assert.That(DocumentedExamples.Read("sam/cluster.md").Run(_sandbox.Folder, NewFolder()), Is.Empty);

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(_sandbox.Folder, "tests")).FullName;

    private int SignedBy(string node) => AuditLog.Records(_sandbox.Description.SamNodes.Single(n => n.Id == node).Log)
        .Count(r => r is { Event: AuditEvents.Sign, Outcome: "success" });
}
