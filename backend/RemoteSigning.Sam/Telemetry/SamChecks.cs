using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Platform;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Telemetry;

/// <summary>What has to hold for a node to sign, each by itself. Nothing here changes whether it does: the functions look for themselves.</summary>
/// <param name="resume">The record of a log's taking records again.</param>
internal sealed class SamChecks(
    ModuleLock moduleLock, IHsm hsm, HsmThreads threads, AuditLogs logs, Membership members, Func<AuditRecord> resume, TimeProvider clock)
{
    public IReadOnlyList<HealthCheck> All =>
    [
        new("module", () => Task.FromResult(moduleLock.IsLocked ? "it is locked after tampering" : null)),
        new("hsm", AskHsmAsync),
        new("audit_service", () => AskAsync(logs.Service)),
        new("audit_admin", () => AskAsync(logs.Administration)),
        new("clock", () => Task.FromResult(AskClock())),
        new("cluster", () => Task.FromResult(members.Obstacle)),
        new("self_test", () => Task.FromResult(AskSelf())),
    ];

    private async Task<string?> AskHsmAsync()
    {
        if (moduleLock.IsLocked)
        {
            return "it is logged out, as the module is locked";
        }

        try
        {
            await threads.RunAsync(() =>
            {
                hsm.Probe();
                return true;
            });
            return null;
        }
        catch (HsmException e)
        {
            return e.Message;
        }
        catch (ProblemException e)
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    /// <summary>
    /// A log that has refused a record is tried with one of ours: a node that nobody asks any more, because it is not ready,
    /// would otherwise never learn that there is room again.
    /// </summary>
    private async Task<string?> AskAsync(AuditLog log)
    {
        if (!log.IsRefusing)
        {
            return null;
        }

        try
        {
            await log.AppendAsync(resume());
            return null;
        }
        catch (ProblemException e)
        {
            return $"it takes no records: {e.InnerException?.Message}";
        }
    }

    private string? AskClock() => clock.GetUtcNow() < logs.LastTime - EpochKeeper.Skew ? "it is before the newest audit record" : null;

    private static string? AskSelf()
    {
        try
        {
            SelfTest.CheckAnswers();
            return null;
        }
        catch (StartException e)
        {
            return e.Message;
        }
    }
}
