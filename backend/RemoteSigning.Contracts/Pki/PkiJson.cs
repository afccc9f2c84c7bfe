using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Pki;

/// <summary>Source-generated JSON of the PKI's own interface.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RevocationRequest))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class PkiJson : JsonSerializerContext;
