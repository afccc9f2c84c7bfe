using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>OTP</c> of <c>credentials/info</c>.</summary>
public sealed record CredentialOtp(
    [property: JsonRequired] string Presence,
    string? Type,
    string? Format,
    string? Label,
    string? Description,
    [property: JsonPropertyName("ID")] string? Id,
    string? Provider);
