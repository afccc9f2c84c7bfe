namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>info</c> (CSC API 1.0.4.0, 11.1).</summary>
public sealed record InfoResponse(
    string Specs,
    string Name,
    string Logo,
    string Region,
    string Lang,
    string Description,
    IReadOnlyList<string> AuthType,
    string? Oauth2,
    IReadOnlyList<string> Methods);
