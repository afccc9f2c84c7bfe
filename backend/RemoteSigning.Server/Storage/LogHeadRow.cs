using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Storage;

/// <summary>The newest head of a SAM node's log that came without a receipt: with a refusal, or with the status.</summary>
internal sealed class LogHeadRow
{
    /// <summary>The SAM node whose log it is.</summary>
    public required string Node { get; init; }

    /// <summary>How many records the head covers; only rises.</summary>
    public required long TreeSize { get; init; }

    /// <summary>The <see cref="TreeHead"/> in JSON.</summary>
    public required string Head { get; init; }

    public required DateTimeOffset SeenAt { get; init; }
}
