using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Storage;

/// <summary>The SAM's proof of one record, verified before it was stored. Receipts outlive their credential.</summary>
internal sealed class ReceiptRow
{
    public long Id { get; init; }

    /// <summary>The SAM node whose log it is.</summary>
    public required string Node { get; init; }

    /// <summary>The record's position in that log.</summary>
    public required long RecordIndex { get; init; }

    /// <summary>How many records the proof's head covers.</summary>
    public required long TreeSize { get; init; }

    public required string CredentialId { get; init; }

    /// <summary>The <see cref="LogProof"/> in JSON.</summary>
    public required string Proof { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What was signed; empty for records of other events.</summary>
    public IList<ReceiptDigestRow> Digests { get; init; } = [];
}
