using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// One state of both configuration files, read and found consistent. It never changes: a request is served by one
/// from its first check to its last, whatever comes into force meanwhile.
/// </summary>
internal sealed class NodeConfiguration
{
    private NodeConfiguration(byte[] staticFile, StaticConfiguration @static, byte[] dynamicFile)
    {
        StaticFile = staticFile;
        Static = @static;
        StaticDigest = Digest(staticFile);
        DynamicFile = dynamicFile;
        Dynamic = Parse(dynamicFile, StrictJson.Configuration.DynamicConfiguration, "dynamic");
        DynamicDigest = Digest(dynamicFile);
        Registry = new Registry(@static, Dynamic);
    }

    /// <summary>The exact bytes of <c>static_config.json</c>.</summary>
    public byte[] StaticFile { get; }

    public StaticConfiguration Static { get; }

    /// <summary>SHA-256 of <see cref="StaticFile"/>, lower-case hex.</summary>
    public string StaticDigest { get; }

    /// <summary>The exact bytes of <c>dynamic_config.json</c>.</summary>
    public byte[] DynamicFile { get; }

    public DynamicConfiguration Dynamic { get; }

    /// <summary>SHA-256 of <see cref="DynamicFile"/>, lower-case hex.</summary>
    public string DynamicDigest { get; }

    public Registry Registry { get; }

    /// <exception cref="ConfigurationException">A file is not what it should be, or they contradict each other.</exception>
    public static NodeConfiguration Read(byte[] staticFile, byte[] dynamicFile) =>
        new(staticFile, Parse(staticFile, ConfigurationJson.Default.StaticConfiguration, "static"), dynamicFile);

    /// <summary>The same static configuration with another dynamic one.</summary>
    /// <exception cref="ConfigurationException">It is not what it should be, or contradicts the static configuration.</exception>
    public NodeConfiguration With(byte[] dynamicFile) => new(StaticFile, Static, dynamicFile);

    public static string Digest(byte[] file) => Convert.ToHexStringLower(SHA256.HashData(file));

    private static T Parse<T>(byte[] file, JsonTypeInfo<T> type, string which)
    {
        try
        {
            return JsonSerializer.Deserialize(file, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            string where = e is { Path: { } path, LineNumber: { } line } ? $" at {path}, line {line + 1}" : "";
            throw new ConfigurationException($"The {which} configuration is malformed{where}.", isMalformed: true, e);
        }
    }
}
