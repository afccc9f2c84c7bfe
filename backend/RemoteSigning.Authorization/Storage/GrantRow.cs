namespace RemoteSigning.Authorization.Storage;

/// <summary>One sign-in: what its tokens have in common, and what dies when one of them is misused.</summary>
internal sealed class GrantRow
{
    public required Guid Id { get; init; }

    public required string Signer { get; init; }

    public AccountRow? Account { get; init; }

    /// <summary>The application the signer signed in to.</summary>
    public required string ClientId { get; init; }

    /// <summary>The SSA that was given the tokens; another one cannot use them.</summary>
    public required string Ssa { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When all its tokens died. A mark and not a deletion: an exchange that is under way may still add tokens, which
    /// are then born dead, and neither waits for the other.
    /// </summary>
    public DateTimeOffset? RevokedAt { get; set; }

    public List<TokenRow> Tokens { get; init; } = [];
}
