namespace RemoteSigning.Authorization.Storage;

/// <summary>A minted SAM SAD.</summary>
internal sealed class ActivationRow
{
    public required string Jti { get; init; }

    public required string TransactionId { get; init; }

    public TransactionRow? Transaction { get; init; }

    /// <summary>The content that a device approved; null for a credential without devices.</summary>
    public string? ApprovalId { get; init; }

    public ApprovalRow? Approval { get; init; }

    public required string Node { get; init; }

    public required string Epoch { get; init; }

    /// <summary>How many units it took.</summary>
    public required int Count { get; init; }

    /// <summary>The digests it took, as in <see cref="TransactionRow.Digests"/>.</summary>
    public byte[]? Digests { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null until its failure is reported; then what was reported, for good.</summary>
    public string? Outcome { get; set; }
}
