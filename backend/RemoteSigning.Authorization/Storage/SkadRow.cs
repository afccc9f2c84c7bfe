namespace RemoteSigning.Authorization.Storage;

/// <summary>A minted SKAD: which devices the signer vouched for, and by which factors.</summary>
internal sealed class SkadRow
{
    public required string Jti { get; init; }

    public required string RegistrationId { get; init; }

    /// <summary>The digests of the registrations, 32 bytes each, in the order of the assignment.</summary>
    public required byte[] Devices { get; init; }

    public required string Acr { get; init; }

    /// <summary>RFC 8176 values, separated by spaces.</summary>
    public required string Amr { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
