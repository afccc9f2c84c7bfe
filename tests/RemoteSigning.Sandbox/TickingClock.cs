namespace RemoteSigning.Sandbox;

/// <summary>A clock that moves only when a test says so, and then lets its one timer tick.</summary>
public sealed class TickingClock : TimeProvider
{
    private long _now = 1; // Not what a field has that nobody set.
    private Action? _tick;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _tick = () => callback(state);
        return new NoTimer();
    }

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _now, by.Ticks);
        _tick?.Invoke();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
