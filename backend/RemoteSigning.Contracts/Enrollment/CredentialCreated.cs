namespace RemoteSigning.Contracts.Enrollment;

/// <summary>A credential that is ready to sign.</summary>
/// <param name="Certificate">DER, base64 in JSON.</param>
public sealed record CredentialCreated(string Id, string Label, string KeyId, byte[] Certificate);
