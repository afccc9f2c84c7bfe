using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/list</c> answer.</summary>
public sealed record CredentialsListResponse(
    [property: JsonRequired, JsonPropertyName("credentialIDs")] IReadOnlyList<string> CredentialIds, string? NextPageToken = null);
