using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace RemoteSigning.Sam.Configuration;

/// <summary>Source-generated JSON of the SAM's own files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(StaticConfiguration))]
[JsonSerializable(typeof(Infrastructure))]
[JsonSerializable(typeof(InfrastructureFile))]
[JsonSerializable(typeof(ApprovalHeader))]
internal sealed partial class ConfigurationJson : JsonSerializerContext
{
    /// <summary>Reads a file or says in one sentence what is wrong with it.</summary>
    public static T Read<T>(string file, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), type)
                ?? throw new StartException($"The configuration {file} is empty.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The configuration {file} cannot be read: {e.Message}", e);
        }
    }
}
