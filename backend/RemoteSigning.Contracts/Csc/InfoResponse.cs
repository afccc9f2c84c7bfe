using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>info</c> (CSC API 1.0.4.0, 11.1).</summary>
public sealed record InfoResponse(
    [property: JsonRequired] string Specs,
    [property: JsonRequired] string Name,
    string Logo,
    string Region,
    string Lang,
    string Description,
    IReadOnlyList<string> AuthType,
    string? Oauth2,
    IReadOnlyList<string> Methods);
