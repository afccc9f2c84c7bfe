namespace RemoteSigning.Server.Storage;

/// <summary>
/// A transaction that a device approves in another place than where it was begun. The CSC <c>SAD</c> is encrypted under the handle, which
/// only the client has, and leaves when the device has answered.
/// </summary>
internal sealed class WaitingApprovalRow
{
    /// <summary>SHA-256 of the handle.</summary>
    public required byte[] Id { get; init; }

    /// <summary>A <see cref="Signing.ApprovalPlace"/>.</summary>
    public required string Approval { get; init; }

    public required string Signer { get; init; }

    /// <summary>Client id of the application that began it.</summary>
    public required string Client { get; init; }

    public required string CredentialId { get; init; }

    /// <summary>SHA-256 of the <c>SAD</c>, by which signHash finds the device's answer.</summary>
    public required byte[] SadHash { get; init; }

    /// <summary>The <c>SAD</c>, encrypted; null once it was handed out.</summary>
    public byte[]? Sad { get; set; }

    /// <summary>The string that the device answers.</summary>
    public required string Content { get; init; }

    public string? Description { get; init; }

    /// <summary>OID.</summary>
    public required string Algorithm { get; init; }

    /// <summary>DER; empty where the algorithm has none.</summary>
    public required byte[] Parameters { get; init; }

    public required IReadOnlyList<byte[]> Hashes { get; init; }

    public required WaitingApprovalState State { get; set; }

    /// <summary>What the device answered: a <see cref="Contracts.Sam.DeviceApproval"/> as JSON.</summary>
    public byte[]? Answer { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was approved, refused or answered wrongly.</summary>
    public DateTimeOffset? DecidedAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
