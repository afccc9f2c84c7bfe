using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>Source-generated JSON of the authorization server's interface to SSAs and operators.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(AccountRequest))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(PinReset))]
[JsonSerializable(typeof(CodeAddresses))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionRefresh))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(TokenQuery))]
[JsonSerializable(typeof(TokenState))]
[JsonSerializable(typeof(TokenRevocation))]
[JsonSerializable(typeof(PinVerification))]
[JsonSerializable(typeof(OneTimeCodeRequest))]
[JsonSerializable(typeof(OneTimeCode))]
[JsonSerializable(typeof(CredentialRegistration))]
[JsonSerializable(typeof(TransactionRequest))]
[JsonSerializable(typeof(TransactionExtension))]
[JsonSerializable(typeof(Transaction))]
[JsonSerializable(typeof(ActivationRequest))]
[JsonSerializable(typeof(Activation))]
[JsonSerializable(typeof(ActivationOutcome))]
[JsonSerializable(typeof(ApprovalContent))]
[JsonSerializable(typeof(ApprovalNoticeRequest))]
[JsonSerializable(typeof(ApprovalNotice))]
[JsonSerializable(typeof(DeviceRegistrationRequest))]
[JsonSerializable(typeof(DeviceRegistrationOffer))]
[JsonSerializable(typeof(SkadRequest))]
[JsonSerializable(typeof(Skad))]
[JsonSerializable(typeof(DeviceListRequest))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class AuthorizationJson : JsonSerializerContext;
