using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Applications;

/// <summary>How many signatures an application may have.</summary>
internal sealed class SignatureLimits(ConsumptionStore consumption, ServerMetrics metrics, TimeProvider clock)
{
    /// <summary>For one approval, and on this day together with what was signed.</summary>
    /// <exception cref="CscException">400 for the one, 429 until midnight UTC for the other.</exception>
    public async Task DemandTransactionAsync(CallingApplication application, int signatures, CancellationToken cancel)
    {
        if (signatures > application.Limits.SignaturesPerTransaction)
        {
            metrics.Refused(application.ClientId, LimitNames.SignaturesPerTransaction);
            throw CscException.Invalid(CscErrors.TooManySignaturesText);
        }

        await DemandDayAsync(application, signatures, cancel);
    }

    /// <summary>On this day together with what was signed: what was approved is not counted, only what was made.</summary>
    /// <exception cref="CscException">429 until midnight UTC.</exception>
    public async Task DemandDayAsync(CallingApplication application, int signatures, CancellationToken cancel)
    {
        if (application.Limits.SignaturesPerDay is { } limit
            && await consumption.CountTodayAsync(application.ClientId, cancel) + signatures > limit)
        {
            metrics.Refused(application.ClientId, LimitNames.SignaturesPerDay);
            DateTimeOffset now = clock.GetUtcNow();
            throw CscErrors.DayUsedUp(TimeSpan.FromDays(1) - now.UtcDateTime.TimeOfDay);
        }
    }
}
