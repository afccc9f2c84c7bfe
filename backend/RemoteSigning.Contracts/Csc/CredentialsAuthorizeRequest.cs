using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/authorize</c> (11.6); hashes are base64.</summary>
public sealed record CredentialsAuthorizeRequest(
    [property: JsonPropertyName("credentialID")] string CredentialId,
    int NumSignatures,
    IReadOnlyList<string>? Hash = null,
    [property: JsonPropertyName("PIN")] string? Pin = null,
    [property: JsonPropertyName("OTP")] string? Otp = null,
    string? Description = null,
    string? ClientData = null);
