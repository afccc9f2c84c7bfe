namespace RemoteSigning.Cryptoki.Worker;

/// <summary>How a <see cref="SupervisedHsm"/> works.</summary>
/// <param name="Token">Which token; only the worker reads the PIN's file and loads the module.</param>
/// <param name="Limits">When a worker is replaced.</param>
/// <param name="Start">Starts a worker that will run <see cref="HsmWorkerServer"/>; always called on one and the same thread, which outlives all workers.</param>
/// <param name="Deadline">How long one operation, a login included, may take before the worker counts as hanging.</param>
public sealed record SupervisionSettings(
    HsmOptions Token, HsmWorkerOptions Limits, Func<IWorkerProcess> Start, TimeSpan Deadline, TimeProvider Clock)
{
    /// <summary>A worker is not replaced by plan before it has served so long: a limit that is too low costs a start now and then, not all the time.</summary>
    public TimeSpan LeastLife { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Told of each change of worker, and of each that failed: why, and what went wrong with the successor, if anything.</summary>
    public Action<string, Exception?> Report { get; init; } = (_, _) => { };
}
