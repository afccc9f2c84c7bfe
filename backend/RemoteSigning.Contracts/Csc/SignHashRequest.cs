using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>signatures/signHash</c> (11.9); hashes are base64.</summary>
public sealed record SignHashRequest(
    [property: JsonPropertyName("credentialID")] string CredentialId,
    [property: JsonPropertyName("SAD")] string Sad,
    IReadOnlyList<string> Hash,
    string? HashAlgo,
    string SignAlgo,
    string? SignAlgoParams = null,
    string? ClientData = null);
