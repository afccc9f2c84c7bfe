using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>The time for tokens: never earlier than in a token before, and only from a clock that can be trusted.</summary>
/// <param name="latest">Time of the last token under the certificate in use; null before the first.</param>
internal sealed class TimestampClock(
    TimeProvider clock, IClockDiscipline discipline, PkiOptions options, DateTimeOffset? latest)
{
    /// <summary>Tokens have whole milliseconds: what is cut off is part of their error.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    private readonly Lock _reading = new();
    private DateTimeOffset _latest = latest ?? DateTimeOffset.MinValue;

    /// <returns>UTC, in whole milliseconds.</returns>
    /// <exception cref="TimestampRefusedException">The clock went back, or is not known to be right.</exception>
    public DateTimeOffset Read()
    {
        if (options.Timestamping.RequireSynchronizedClock && !IsAccurate())
        {
            throw new TimestampRefusedException(
                TimestampFailure.TimeNotAvailable, "The authority's clock is not known to be as accurate as it must be.");
        }

        lock (_reading)
        {
            DateTimeOffset now = clock.GetUtcNow();
            now = now.AddTicks(-(now.Ticks % Resolution.Ticks));
            if (now < _latest)
            {
                throw new TimestampRefusedException(TimestampFailure.TimeNotAvailable, "The authority's clock went back.");
            }

            return _latest = now;
        }
    }

    private bool IsAccurate() => discipline.MaximumError() is { } error && error + Resolution <= options.Timestamping.Accuracy;
}
