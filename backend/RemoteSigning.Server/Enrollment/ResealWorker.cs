using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Enrollment;

/// <summary>Goes on with the run that is not finished: after a start of this process, and when an operator begins one.</summary>
internal sealed partial class ResealWorker(Resealing resealing, ServerMetrics metrics, TimeProvider clock, ILogger<ResealWorker> logger) : BackgroundService
{
    /// <summary>How often to look whether another process has begun a run.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _begun = new(0);

    public void Wake() => _begun.Release();

    public override void Dispose()
    {
        _begun.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan? pause = await StepAsync(stoppingToken);
            if (pause is { } next)
            {
                await Task.Delay(next, clock, stoppingToken);
            }
            else
            {
                await _begun.WaitAsync(Interval, stoppingToken);
            }
        }
    }

    private async Task<TimeSpan?> StepAsync(CancellationToken cancel)
    {
        try
        {
            return await resealing.StepAsync(cancel);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The database may be away for a while; the service must not end for that. The run stands where it stood.
            bool isAway = PostgreSql.IsUnavailable(failure);
            metrics.IsResealStalled |= !isAway; // Whether there is a run at all is not known without the database.
            LogFailed(failure, isAway);
            return Interval;
        }
    }

    [LoggerMessage(6245, LogLevel.Error, "A key could not be moved; it is tried again. Database away: {IsAway}")]
    private partial void LogFailed(Exception cause, bool isAway);
}
