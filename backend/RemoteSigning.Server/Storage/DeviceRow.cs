namespace RemoteSigning.Server.Storage;

/// <summary>A device that approves signatures of a credential.</summary>
internal sealed class DeviceRow
{
    public required string CredentialId { get; init; }

    /// <summary>WebAuthn credential id, equal by its digest to the one in the SAM's record of the assignment.</summary>
    public required byte[] DeviceId { get; init; }

    public required DateTimeOffset EnrolledAt { get; init; }
}
