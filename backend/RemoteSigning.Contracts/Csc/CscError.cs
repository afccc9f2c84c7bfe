using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>The error body of every CSC and OAuth endpoint.</summary>
public sealed record CscError(
    [property: JsonRequired, JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string? ErrorDescription);
