using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v2 <c>credentials/list</c> answer.</summary>
/// <param name="OnlyValid">True when only usable credentials are listed, as was asked; else absent.</param>
public sealed record CredentialsListResponseV2(
    [property: JsonRequired, JsonPropertyName("credentialIDs")] IReadOnlyList<string> CredentialIds,
    IReadOnlyList<CredentialsInfoResponseV2>? CredentialInfos,
    bool? OnlyValid);
