namespace RemoteSigning.Contracts.Enrollment;

/// <summary>How much an application may use; what is null has no limit.</summary>
/// <param name="SignaturesPerTransaction">Most signatures that one approval may be for, 1 to 1,000.</param>
/// <param name="SignaturesPerDay">Most signatures from midnight to midnight UTC.</param>
/// <param name="RequestsPerSecond">In the long run; for all signers together, and sign-ins for themselves.</param>
/// <param name="Burst">How many requests may come at once; <paramref name="RequestsPerSecond"/> when it is null.</param>
/// <param name="TokenRequestsPerSecond">The same for one access token.</param>
/// <param name="TokenBurst">The same for one access token.</param>
public sealed record ApplicationLimits(
    int SignaturesPerTransaction = ApplicationLimits.MaximumPerTransaction,
    long? SignaturesPerDay = null,
    int? RequestsPerSecond = null,
    int? Burst = null,
    int? TokenRequestsPerSecond = null,
    int? TokenBurst = null)
{
    public const int MaximumPerTransaction = 1000;
}
