namespace RemoteSigning.Contracts.Enrollment;

/// <summary>A key that waits for the devices of its signer.</summary>
/// <param name="Code">For the signer alone, by a channel that the authorization server does not own; told in this answer only.</param>
/// <param name="ExpiresIn">Seconds; afterwards the credential is to be deleted and asked for anew.</param>
public sealed record DevicesAwaited(string Id, string Label, string KeyId, string Code, int ExpiresIn);
