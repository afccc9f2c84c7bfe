namespace RemoteSigning.Authorization.Storage;

/// <summary>A token, known by its hash only.</summary>
internal sealed class TokenRow
{
    public required byte[] Hash { get; init; }

    public required TokenKind Kind { get; init; }

    public Guid GrantId { get; init; }

    public GrantRow? Grant { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When a refresh token was exchanged; seeing it again means that it was stolen.</summary>
    public DateTimeOffset? UsedAt { get; set; }
}
