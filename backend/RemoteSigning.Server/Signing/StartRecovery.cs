using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Looks at each start into the service logs that the configuration names for what a crash lost, beside serving. Of several processes one does
/// it; that each record counts once, <see cref="ReceiptStore"/> sees to.
/// </summary>
internal sealed partial class StartRecovery(
    IOptions<ServerOptions> options,
    IDbContextFactory<ServerDatabase> databases,
    SamNodes sams,
    Recovery recovery,
    ServerMetrics metrics,
    ILogger<StartRecovery> logger) : BackgroundService
{
    /// <summary>A log is read into memory: a larger one is left to the command.</summary>
    public const long LargestLog = 256 * 1024 * 1024;

    /// <summary>For one node.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (SamOptions node in options.Value.Sams)
        {
            if (node.ServiceLog is { } log)
            {
                await RecoverAsync(node.Node, log, stoppingToken);
            }
        }
    }

    private async Task RecoverAsync(string node, string log, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Longest);
        try
        {
            await using ServerDatabase database = await databases.CreateDbContextAsync(deadline.Token);
            await using IAsyncDisposable? turn = await PostgreSql.TryLockAsync(database, $"recover {node}", deadline.Token);
            if (turn is null)
            {
                LogElsewhere(node);
                return;
            }

            RecoveryResult result = await recovery.RunAsync(await ReadAsync(node, log, deadline.Token), deadline.Token);
            metrics.RecoveryPending(node, isPending: false);
            LogDone(node, result.Read, result.Records, result.Signatures, result.Foreign);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            // Serving goes on: whatever is not counted stands in the SAM's log, and the command or the next start finds it.
            metrics.RecoveryPending(node, isPending: true);
            LogPending(node, failure.GetBaseException().Message);
        }
    }

    /// <exception cref="InvalidDataException">It is too large, no log, or older than what this server knows of it.</exception>
    private async Task<SamLogFiles> ReadAsync(string node, string log, CancellationToken cancel)
    {
        long known = sams.All.Single(s => s.Name == node).Client.Log.Newest?.TreeSize ?? 0; // One for each that is configured.
        IReadOnlyList<string> files = SamLogFolder.Find(log);
        if (files.Sum(f => new FileInfo(f).Length) > LargestLog)
        {
            throw new InvalidDataException("The log is too large to be read at a start.");
        }

        SamLogFiles read = await Task.Run(() => SamLogFiles.Read(files), cancel);
        return read.Head.TreeSize >= known
            ? read
            : throw new InvalidDataException($"The copy of the log has {read.Head.TreeSize} records, and the node had {known} already.");
    }

    [LoggerMessage(6130, LogLevel.Information, "Read {Read} records of node {Node}: stored and counted {Records} that were not, {Signatures} signatures; left alone {Foreign} with keys that are not here")]
    private partial void LogDone(string node, long read, long records, long signatures, long foreign);

    [LoggerMessage(6131, LogLevel.Warning, "What a crash may have lost of node {Node} is not recovered: {Cause} Run the command recover")]
    private partial void LogPending(string node, string cause);

    [LoggerMessage(6132, LogLevel.Information, "Another process recovers what a crash may have lost of node {Node}")]
    private partial void LogElsewhere(string node);
}
