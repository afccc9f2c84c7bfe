using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>auth/login</c> (11.2): HTTP Basic in the header, or a refresh token here.</summary>
public sealed record AuthLoginRequest(
    [property: JsonPropertyName("refresh_token")] string? RefreshToken = null,
    bool? RememberMe = null,
    string? ClientData = null);
