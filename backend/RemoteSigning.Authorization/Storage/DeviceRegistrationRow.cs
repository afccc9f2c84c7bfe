namespace RemoteSigning.Authorization.Storage;

/// <summary>A key that waits, or waited, for its signer and for his devices, if it has any: the terms of its registration.</summary>
internal sealed class DeviceRegistrationRow
{
    public required string Id { get; init; }

    /// <summary>Unique: a credential has its devices once and for good.</summary>
    public required string CredentialId { get; init; }

    /// <summary>Unique, for the same reason.</summary>
    public required string KeyId { get; init; }

    public required string Signer { get; init; }

    public AccountRow? Account { get; init; }

    /// <summary>The SSA that began it; another one cannot go on with it.</summary>
    public required string Ssa { get; init; }

    /// <summary>SHA-256 of the terms.</summary>
    public required byte[] TermsDigest { get; init; }

    /// <summary>0 with policy delegated.</summary>
    public required int MaxDevices { get; init; }

    public bool HasDevices => MaxDevices > 0;

    /// <summary>The string that devices answer.</summary>
    public required string Content { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many SKADs were minted; a change made on an older number is refused by the database.</summary>
    public int Minted { get; set; }

    public List<SkadRow> Skads { get; init; } = [];
}
