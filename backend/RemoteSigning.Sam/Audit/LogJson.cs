using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Audit;

/// <summary>Source-generated JSON for what stands in the files only.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Continuation))]
internal sealed partial class LogJson : JsonSerializerContext;
