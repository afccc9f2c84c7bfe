namespace RemoteSigning.Sam.Tests;

/// <summary>A clock whose wall time can be set apart from its steady time, as an administrator can.</summary>
internal sealed class SettableClock(DateTimeOffset start) : TimeProvider
{
    private long _steady = start.UtcTicks;
    private long _wall = start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _wall), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _steady);

    /// <summary>Time goes by.</summary>
    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _steady, by.Ticks);
        Interlocked.Add(ref _wall, by.Ticks);
    }

    /// <summary>Somebody sets the clock; no time goes by.</summary>
    public void SetWall(TimeSpan by) => Interlocked.Add(ref _wall, by.Ticks);
}
