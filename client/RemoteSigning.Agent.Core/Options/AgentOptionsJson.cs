using System.Text.Json.Serialization;

namespace RemoteSigning.Agent.Core.Options;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AgentOptions))]
internal sealed partial class AgentOptionsJson : JsonSerializerContext;
