using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// How often codes were sent to a signer: when last, and how often in the hour and in the day that began with the first one.
/// For all of a signer's credentials together: it is one mailbox, one telephone, one bill.
/// </summary>
internal readonly record struct CodeBudget(
    DateTimeOffset? SentAt, DateTimeOffset? HourBegan, int InHour, DateTimeOffset? DayBegan, int InDay)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static CodeBudget Of(AccountRow account) =>
        new(account.CodeSentAt, account.CodeHourBegan, account.CodesInHour, account.CodeDayBegan, account.CodesInDay);

    /// <summary>What is left after one more.</summary>
    /// <exception cref="ProblemException">It is too soon, or there were too many.</exception>
    public CodeBudget Spend(OneTimeCodeOptions options, DateTimeOffset now)
    {
        if (SentAt is { } last && last.AddSeconds(options.ResendSeconds) is var next && next > now)
        {
            throw new ProblemException(Problem.LimitReached, ProblemCodes.OtpTooSoon, "A code was sent just now.") { RetryAfter = next - now };
        }

        (DateTimeOffset hourBegan, int inHour) = Count(HourBegan, InHour, Hour, options.PerHour, now);
        (DateTimeOffset dayBegan, int inDay) = Count(DayBegan, InDay, Day, options.PerDay, now);
        return new CodeBudget(now, hourBegan, inHour, dayBegan, inDay);
    }

    private static (DateTimeOffset Began, int Count) Count(DateTimeOffset? began, int count, TimeSpan length, int maximum, DateTimeOffset now)
    {
        if (began is not { } start || start + length <= now)
        {
            return (now, 1);
        }

        return count < maximum
            ? (start, count + 1)
            : throw new ProblemException(Problem.LimitReached, ProblemCodes.OtpTooOften, "Too many codes were sent to this signer.")
            {
                RetryAfter = start + length - now,
            };
    }
}
