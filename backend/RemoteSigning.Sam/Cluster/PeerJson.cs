using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Cluster;

/// <summary>Source-generated JSON of the peer functions.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PeerMessage))]
[JsonSerializable(typeof(PeerEnvelope))]
internal sealed partial class PeerJson : JsonSerializerContext;
