namespace RemoteSigning.PipeChecks;

/// <summary>A clock whose timers go off when they are told to: whoever pauses on it waits for ever, unless that is wanted.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private readonly TaskCompletionSource<TimerCallback> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private object? _state;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _state ??= state;
        _first.TrySetResult(callback);
        return new Timer();
    }

    /// <summary>Has the first timer go off, once there is one.</summary>
    public async Task FireAsync() => (await _first.Task)(_state);

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
