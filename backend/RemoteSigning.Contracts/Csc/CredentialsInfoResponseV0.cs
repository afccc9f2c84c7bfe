using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v0 <c>credentials/info</c> answer: as in v1, but <paramref name="Multisign"/> tells only whether there may be several.</summary>
public sealed record CredentialsInfoResponseV0(
    string? Description,
    [property: JsonRequired] CredentialKey Key,
    [property: JsonRequired] CredentialCertificate Cert,
    [property: JsonRequired] string AuthMode,
    [property: JsonPropertyName("SCAL")] string Scal,
    [property: JsonPropertyName("PIN")] CredentialPin? Pin,
    [property: JsonPropertyName("OTP")] CredentialOtp? Otp,
    [property: JsonRequired] bool Multisign,
    string? Lang);
