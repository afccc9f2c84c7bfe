using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>PUT /enrollment/v1/signers/{signer}/credentials/{id}/status</c> on the administration listener: enables or
/// disables a credential's key in the SAM; 204.
/// </summary>
public sealed record CredentialStatusRequest([property: JsonRequired] bool Enabled);
