using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Platform;

/// <summary>Asks the tamper program again and again, and locks the module when it does not say "untouched".</summary>
internal sealed class TamperWatch(TamperOptions options, Func<string, Task> lockAsync) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public void Start(TimeProvider clock)
    {
        if (options.Command.Length > 0)
        {
            _watching = WatchAsync(clock);
        }
    }

    /// <summary>Asks once.</summary>
    public async Task CheckAsync()
    {
        if (await TamperSensor.AskAsync(options, _stop.Token) is { } what)
        {
            await lockAsync(what);
            await _stop.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(options.Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await CheckAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops, or is locked.
        }
    }
}
