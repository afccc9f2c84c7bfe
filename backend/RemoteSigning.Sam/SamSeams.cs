using RemoteSigning.Cryptoki;
using RemoteSigning.Cryptoki.Worker;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam;

/// <summary>What tests replace: the clock, the medium of the two files, and the news of a lost HSM login.</summary>
internal sealed record SamSeams(TimeProvider Clock, Func<string, IAppendFile> OpenFile, Func<IHsm, long> LoginGeneration)
{
    /// <summary>How often peers are asked how they are.</summary>
    public TimeSpan BeatInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Starts an HSM worker.</summary>
    public Func<IWorkerProcess> StartWorker { get; init; } = HsmWorkerProcess.Start;

    /// <summary>How long a worker serves before it is replaced by plan.</summary>
    public TimeSpan LeastWorkerLife { get; init; } = TimeSpan.FromMinutes(1);

    public static SamSeams Real { get; } = new(TimeProvider.System, path => new AppendFile(path), hsm => hsm.LoginGeneration);
}
