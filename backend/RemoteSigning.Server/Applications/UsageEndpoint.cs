using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Csc;

namespace RemoteSigning.Server.Applications;

/// <summary><c>GET /application/v1/usage</c>: what the holder of an API key has consumed (<see cref="ApplicationUsage"/>).</summary>
internal static class UsageEndpoint
{
    public const string Path = "/application/v1/usage";

    public static async Task<IResult> HandleAsync(
        HttpContext context, ApplicationDirectory applications, ConsumptionStore consumption, CancellationToken cancel)
    {
        DateOnly today = consumption.Today;
        DateOnly month = Months.Of(today);
        if (context.Request.Query.TryGetValue("month", out var asked) && !Months.TryRead(asked.ToString(), out month))
        {
            throw CscException.InvalidParameter("month");
        }

        CallingApplication application = await applications.DemandKeyAsync(context, cancel);
        IReadOnlyList<DayUsage> days = await consumption.ListAsync(application.ClientId, month, cancel);
        var usage = new ApplicationUsage(
            application.ClientId,
            application.Name,
            application.Limits,
            await consumption.CountTodayAsync(application.ClientId, cancel),
            days.Sum(d => d.Signatures),
            days);
        return CscAnswer.Json(context, usage, EnrollmentJson.Default.ApplicationUsage);
    }
}
