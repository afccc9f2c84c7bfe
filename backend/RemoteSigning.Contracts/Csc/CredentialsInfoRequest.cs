using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/info</c> (11.5).</summary>
/// <param name="Certificates"><c>none</c>, <c>single</c> (default) or <c>chain</c>.</param>
public sealed record CredentialsInfoRequest(
    [property: JsonPropertyName("credentialID")] string CredentialId,
    string? Certificates = null,
    bool? CertInfo = null,
    bool? AuthInfo = null,
    string? Lang = null,
    string? ClientData = null);
