namespace RemoteSigning.Authorization.Storage;

/// <summary>A content that a device is to approve: its units are taken, SADs over it are minted when the device has answered.</summary>
internal sealed class ApprovalRow
{
    public required string Id { get; init; }

    public required string TransactionId { get; init; }

    public TransactionRow? Transaction { get; init; }

    public required string Node { get; init; }

    public required string Epoch { get; init; }

    /// <summary>How many units it took.</summary>
    public required int Count { get; init; }

    /// <summary>The digests it took, as in <see cref="TransactionRow.Digests"/>.</summary>
    public byte[]? Digests { get; init; }

    /// <summary>SHA-256 over what was asked for (<see cref="Contracts.Activation.ActivationSet"/>).</summary>
    public required byte[] SetDigest { get; init; }

    /// <summary>The string that the device answers.</summary>
    public required string Content { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many SADs were minted over it.</summary>
    public int Minted { get; set; }

    /// <summary>When its units were given back; no SAD is minted from then on.</summary>
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>Rises with each change; a change made on an older state is refused by the database.</summary>
    public int Version { get; set; }
}
