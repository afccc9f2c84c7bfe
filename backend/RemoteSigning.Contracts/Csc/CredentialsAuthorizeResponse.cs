using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>credentials/authorize</c> answer.</summary>
public sealed record CredentialsAuthorizeResponse([property: JsonRequired, JsonPropertyName("SAD")] string Sad, int ExpiresIn);
