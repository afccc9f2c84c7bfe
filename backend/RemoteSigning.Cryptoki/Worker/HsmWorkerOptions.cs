namespace RemoteSigning.Cryptoki.Worker;

/// <summary>When a worker is replaced by a fresh one. The first limit that is reached counts; null is none.</summary>
public sealed class HsmWorkerOptions
{
    /// <summary>Resident memory, in MiB.</summary>
    public int? RecycleAboveMiB { get; set; }

    /// <summary>Operations that it has done: a batch of signatures with one key is one.</summary>
    public long? RecycleAfterOperations { get; set; }

    /// <summary>Time since it was started.</summary>
    public TimeSpan? RecycleAfter { get; set; }
}
