using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v2 <c>credentials/info</c> answer, and an element of <c>credentialInfos</c> in <c>credentials/list</c>.</summary>
/// <param name="CredentialId">In <c>credentials/list</c> only.</param>
/// <param name="Scal">A string, <c>1</c> or <c>2</c>.</param>
public sealed record CredentialsInfoResponseV2(
    [property: JsonPropertyName("credentialID")] string? CredentialId,
    string? Description,
    [property: JsonRequired] CredentialKey Key,
    [property: JsonRequired] CredentialCertificate Cert,
    [property: JsonRequired] CredentialAuth Auth,
    [property: JsonPropertyName("SCAL")] string Scal,
    [property: JsonRequired] int Multisign,
    string? Lang);
