using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam;

/// <summary>The contracts' JSON for reading what others sent: null where a value must be is refused as malformed.</summary>
internal static class StrictJson
{
    public static SamJson Sam { get; } = new(new JsonSerializerOptions(SamJson.Default.Options) { RespectNullableAnnotations = true });

    /// <summary>For configurations: a member that is not known is refused too, as its writer expects something of it.</summary>
    public static SamJson Configuration { get; } = new(new JsonSerializerOptions(SamJson.Default.Options)
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    });

    public static ActivationJson Activation { get; } =
        new(new JsonSerializerOptions(ActivationJson.Default.Options) { RespectNullableAnnotations = true });
}
