using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/info</c> answer.</summary>
/// <param name="AuthMode"><c>explicit</c> or <c>oauth2code</c>.</param>
/// <param name="Scal">A string, <c>1</c> or <c>2</c>.</param>
public sealed record CredentialsInfoResponse(
    string? Description,
    [property: JsonRequired] CredentialKey Key,
    [property: JsonRequired] CredentialCertificate Cert,
    [property: JsonRequired] string AuthMode,
    [property: JsonPropertyName("SCAL")] string Scal,
    [property: JsonPropertyName("PIN")] CredentialPin? Pin,
    [property: JsonPropertyName("OTP")] CredentialOtp? Otp,
    int Multisign,
    string? Lang);
