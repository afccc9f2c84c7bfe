namespace RemoteSigning.Contracts.Enrollment;

/// <summary>How far a run has come.</summary>
/// <param name="Run">Its number.</param>
/// <param name="State"><c>running</c>, <c>paused</c> or <c>finished</c>.</param>
/// <param name="StartedAt">Unix seconds.</param>
/// <param name="FinishedAt">Unix seconds; absent before.</param>
/// <param name="Left">Ready credentials that were not visited yet.</param>
/// <param name="Moved">Keys that got their next version.</param>
/// <param name="Newest">Keys that were under the newest key-encryption key already.</param>
/// <param name="Failed">Keys that the SAM refused to move.</param>
/// <param name="Failures">The first hundred of them.</param>
/// <param name="Unfinished">Credentials that are not ready yet, or never will be: they are not visited.</param>
/// <param name="Stalled">Why the SAM could not be asked the last time; absent when it could.</param>
public sealed record ResealProgress(
    long Run,
    string State,
    int PerMinute,
    long StartedAt,
    long? FinishedAt,
    int Left,
    int Moved,
    int Newest,
    int Failed,
    IReadOnlyList<ResealFailure> Failures,
    int Unfinished,
    string? Stalled);
