using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>credentials/sendOTP</c> (v0 and v1), answered 204.</summary>
public sealed record SendOtpRequest([property: JsonRequired, JsonPropertyName("credentialID")] string CredentialId);
