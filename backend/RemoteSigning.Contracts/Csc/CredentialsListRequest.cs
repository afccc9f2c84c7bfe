using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/list</c> (11.4).</summary>
public sealed record CredentialsListRequest(
    [property: JsonPropertyName("userID")] string? UserId = null,
    int? MaxResults = null,
    string? PageToken = null,
    string? ClientData = null);
