using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>Source-generated JSON of the CSC API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CscError))]
[JsonSerializable(typeof(InfoResponse))]
[JsonSerializable(typeof(AuthLoginRequest))]
[JsonSerializable(typeof(AuthLoginResponse))]
[JsonSerializable(typeof(AuthRevokeRequest))]
[JsonSerializable(typeof(CredentialsListRequest))]
[JsonSerializable(typeof(CredentialsListResponse))]
[JsonSerializable(typeof(CredentialsInfoRequest))]
[JsonSerializable(typeof(CredentialsInfoResponse))]
[JsonSerializable(typeof(CredentialsAuthorizeRequest))]
[JsonSerializable(typeof(CredentialsAuthorizeResponse))]
[JsonSerializable(typeof(SignHashRequest))]
[JsonSerializable(typeof(SignHashResponse))]
[JsonSerializable(typeof(CardPinRequest))]
public sealed partial class CscJson : JsonSerializerContext;
