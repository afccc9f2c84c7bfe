namespace RemoteSigning.Server.Storage;

/// <summary>A credential's wait for the devices of its signer.</summary>
internal sealed class DeviceRegistrationRow
{
    public required string CredentialId { get; init; }

    /// <summary>Its id at the authorization server.</summary>
    public required string Registration { get; init; }

    /// <summary>The SAM node that the content names.</summary>
    public required string Node { get; init; }

    /// <summary>The string that devices answer.</summary>
    public required string Content { get; init; }

    public required int MaxDevices { get; init; }

    /// <summary>SHA-256 of the code that the signer got from the operator.</summary>
    public required byte[] CodeDigest { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
