using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>Source-generated JSON of the server's administration listener.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(SignerRequest))]
[JsonSerializable(typeof(CredentialRequest))]
[JsonSerializable(typeof(CredentialCreated))]
[JsonSerializable(typeof(DevicesAwaited))]
[JsonSerializable(typeof(ResealRequest))]
[JsonSerializable(typeof(ResealProgress))]
[JsonSerializable(typeof(EnrolledDevices))]
[JsonSerializable(typeof(CredentialStatusRequest))]
[JsonSerializable(typeof(AuditReceipt))]
[JsonSerializable(typeof(ApplicationRequest))]
[JsonSerializable(typeof(ApplicationLimits))]
[JsonSerializable(typeof(ApplicationStatusRequest))]
[JsonSerializable(typeof(ResponseUris))]
[JsonSerializable(typeof(ApplicationCreated))]
[JsonSerializable(typeof(Application))]
[JsonSerializable(typeof(IReadOnlyList<Application>))]
[JsonSerializable(typeof(ApplicationUsage))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class EnrollmentJson : JsonSerializerContext;
