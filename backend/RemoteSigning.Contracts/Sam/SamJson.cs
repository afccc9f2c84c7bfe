using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>Source-generated JSON of the SAM's interface.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(GenerateKeyPairRequest))]
[JsonSerializable(typeof(KeyPair))]
[JsonSerializable(typeof(AssignKeyPairRequest))]
[JsonSerializable(typeof(ProofOfPossessionRequest))]
[JsonSerializable(typeof(ProofOfPossession))]
[JsonSerializable(typeof(ChangeStatusRequest))]
[JsonSerializable(typeof(DeleteKeyPairRequest))]
[JsonSerializable(typeof(ResealKeyPairRequest))]
[JsonSerializable(typeof(DeletedKeyPair))]
[JsonSerializable(typeof(SignaturesRequest))]
[JsonSerializable(typeof(Signatures))]
[JsonSerializable(typeof(SamStatus))]
[JsonSerializable(typeof(DynamicConfiguration))]
[JsonSerializable(typeof(PeerStandingRequest))]
[JsonSerializable(typeof(PeerStanding))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class SamJson : JsonSerializerContext;
