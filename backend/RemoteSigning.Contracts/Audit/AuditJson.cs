using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Audit;

/// <summary>Source-generated JSON for records, heads and proofs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(TreeHead))]
[JsonSerializable(typeof(LogProof))]
[JsonSerializable(typeof(CounterSignature))]
public sealed partial class AuditJson : JsonSerializerContext;
