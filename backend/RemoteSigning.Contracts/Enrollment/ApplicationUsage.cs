namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>GET /application/v1/usage?month=YYYY-MM</c> on the public listener with the header <c>X-API-Key</c>: what an
/// application has consumed. Days and months are those of UTC.
/// </summary>
/// <param name="Today">Signatures since midnight.</param>
/// <param name="Month">Signatures in the month that was asked for; without a question the present one.</param>
/// <param name="Days">The days of that month on which there were any, in their order.</param>
public sealed record ApplicationUsage(
    string ClientId, string Name, ApplicationLimits Limits, long Today, long Month, IReadOnlyList<DayUsage> Days);
