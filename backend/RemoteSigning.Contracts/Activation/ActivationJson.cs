using System.Text.Json;
using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>Source-generated JSON for activation content, SAD claims and JWS headers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ActivationContent))]
[JsonSerializable(typeof(SadClaims))]
[JsonSerializable(typeof(JwsHeader))]
public sealed partial class ActivationJson : JsonSerializerContext;
