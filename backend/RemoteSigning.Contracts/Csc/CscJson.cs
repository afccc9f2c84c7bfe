using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// Source-generated JSON of the CSC API. A null where none may be is refused. What an answer has to bring along is marked
/// <see cref="JsonRequiredAttribute"/> at its record: the constructors cannot tell, as optional members (left out when
/// null) stand there without a default.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CscError))]
[JsonSerializable(typeof(InfoResponse))]
[JsonSerializable(typeof(AuthLoginRequest))]
[JsonSerializable(typeof(AuthLoginResponse))]
[JsonSerializable(typeof(AuthRevokeRequest))]
[JsonSerializable(typeof(CredentialsListRequest))]
[JsonSerializable(typeof(CredentialsListResponse))]
[JsonSerializable(typeof(CredentialsInfoRequest))]
[JsonSerializable(typeof(CredentialsInfoResponse))]
[JsonSerializable(typeof(CredentialsInfoResponseV0))]
[JsonSerializable(typeof(CredentialsInfoResponseV2))]
[JsonSerializable(typeof(CredentialsListResponseV2))]
[JsonSerializable(typeof(CredentialsAuthorizeRequest))]
[JsonSerializable(typeof(CredentialsAuthorizeResponse))]
[JsonSerializable(typeof(SendOtpRequest))]
[JsonSerializable(typeof(SignHashRequest))]
[JsonSerializable(typeof(SignHashResponse))]
[JsonSerializable(typeof(SignHashAccepted))]
[JsonSerializable(typeof(TimestampResponse))]
[JsonSerializable(typeof(CardPinRequest))]
[JsonSerializable(typeof(CardDeviceRegistration))]
[JsonSerializable(typeof(CardDevices))]
[JsonSerializable(typeof(CardApproval))]
[JsonSerializable(typeof(CardWaitingApprovals))]
[JsonSerializable(typeof(AuthorizationPending))]
public sealed partial class CscJson : JsonSerializerContext;
