using System.Text.Json;
using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>Source-generated JSON for activation and assignment content, claims of SAD and SKAD, and JWS headers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ActivationContent))]
[JsonSerializable(typeof(SadClaims))]
[JsonSerializable(typeof(AssignmentContent))]
[JsonSerializable(typeof(SkadClaims))]
[JsonSerializable(typeof(JwsHeader))]
public sealed partial class ActivationJson : JsonSerializerContext;
