using System.Collections.Concurrent;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Has the authorization server tell a signer by e-mail that an approval waits, where the configuration wants it. It is a convenience beside the
/// signature: nobody waits for it, and a failure is logged and counted. A stop waits for those under way.
/// </summary>
internal sealed partial class ApprovalNotices(
    NotificationOptions options, AuthorizationClient authorization, ServerMetrics metrics, ILogger<ApprovalNotices> logger) : IHostedService
{
    private const int MostUnderWay = 32;

    private readonly ConcurrentDictionary<Guid, Task> _underWay = [];

    /// <summary>Begins, and waits for nothing.</summary>
    public void Begin(ApprovalNoticeRequest request)
    {
        if (!options.WaitingApprovals)
        {
            return;
        }

        if (_underWay.Count >= MostUnderWay)
        {
            metrics.ToldOfApproval("dropped");
            LogDropped(request.CredentialId);
            return;
        }

        var id = Guid.NewGuid();
        var task = new Task<Task>(() => TellAsync(id, request));
        _underWay[id] = task.Unwrap();
        task.Start(TaskScheduler.Default);
    }

    /// <summary>Until nothing is under way.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_underWay.Values);

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => WhenIdleAsync().WaitAsync(cancellationToken);

    private async Task TellAsync(Guid id, ApprovalNoticeRequest request)
    {
        try
        {
            ApprovalNotice notice = await authorization.TellOfApprovalAsync(request, CancellationToken.None);
            metrics.ToldOfApproval(notice.Outcome);
        }
        catch (Exception failure)
        {
            metrics.ToldOfApproval("failed");
            LogFailed(request.CredentialId, failure.Message);
        }
        finally
        {
            _underWay.TryRemove(id, out _);
        }
    }

    [LoggerMessage(6122, LogLevel.Warning, "The signer of credential {Credential} is not told that an approval waits: {Cause}")]
    private partial void LogFailed(string credential, string cause);

    [LoggerMessage(6123, LogLevel.Warning, "The signer of credential {Credential} is not told that an approval waits: too many notices are under way")]
    private partial void LogDropped(string credential);
}
