using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>auth/revoke</c> (11.3), answered 204.</summary>
public sealed record AuthRevokeRequest(
    string Token,
    [property: JsonPropertyName("token_type_hint")] string? TokenTypeHint = null,
    string? ClientData = null);
