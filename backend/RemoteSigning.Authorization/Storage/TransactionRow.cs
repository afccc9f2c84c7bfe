namespace RemoteSigning.Authorization.Storage;

/// <summary>An approved transaction: the CSC <c>SAD</c> is the key to it and is known by its hash only.</summary>
internal sealed class TransactionRow
{
    public required string Id { get; init; }

    /// <summary>Another one after each extension.</summary>
    public required byte[] SadHash { get; set; }

    public required string Signer { get; init; }

    public required string ClientId { get; init; }

    public required string Ssa { get; init; }

    public required string CredentialId { get; init; }

    public CredentialRow? Credential { get; init; }

    /// <summary>Digest OID, when the client bound one.</summary>
    public string? HashAlgorithm { get; init; }

    /// <summary>What the client told the signer, cleaned.</summary>
    public required string Description { get; init; }

    public required string Acr { get; init; }

    /// <summary>RFC 8176 values, separated by spaces.</summary>
    public required string Amr { get; init; }

    /// <summary>How many signatures were approved.</summary>
    public required int Approved { get; init; }

    /// <summary>How many are left.</summary>
    public required int Remaining { get; set; }

    /// <summary>How many were given back on reports that do not exclude a signature; never more than <see cref="Approved"/>.</summary>
    public int GivenBack { get; set; }

    /// <summary>The approved digests that are left (a <see cref="Api.DigestMultiset"/>); null at SCAL 1.</summary>
    public byte[]? Digests { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>Rises with each change; a change made on an older state is refused by the database.</summary>
    public int Version { get; set; }
}
