using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC <c>info</c> (CSC API 1.0.4.0, 11.1); the last five members are those of v2.</summary>
public sealed record InfoResponse(
    [property: JsonRequired] string Specs,
    [property: JsonRequired] string Name,
    string Logo,
    string Region,
    string Lang,
    string Description,
    IReadOnlyList<string> AuthType,
    string? Oauth2,
    IReadOnlyList<string> Methods,
    bool? AsynchronousOperationMode = null,
    bool? ValidationInfo = null,
    SignAlgorithms? SignAlgorithms = null,
    [property: JsonPropertyName("signature_formats")] SignatureFormats? SignatureFormats = null,
    [property: JsonPropertyName("conformance_levels")] IReadOnlyList<string>? ConformanceLevels = null);
