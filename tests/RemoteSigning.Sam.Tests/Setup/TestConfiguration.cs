using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>Dynamic configurations as an operator would write them.</summary>
internal static class TestConfiguration
{
    public const string Path = "/sam/v1/configurations/dynamic";

    /// <summary>What the node was started with, under another version.</summary>
    public static DynamicConfiguration Of(TestNode node, int version) => new(
        version,
        [new("as-1", node.As1.ExportSubjectPublicKeyInfoPem()), new("as-2", node.As2.ExportSubjectPublicKeyInfoPem())],
        [new("ssa", PublicKeyPem.Encode(node.Ssa.PublicKeyInfo), ["as-1"])]);

    public static SigningServicePrivilegedUser SecondSsa(TestNode node, params string[] allowed) =>
        new("ssa-2", PublicKeyPem.Encode(node.Stranger.PublicKeyInfo), allowed);

    public static byte[] Bytes(DynamicConfiguration configuration) =>
        JsonSerializer.SerializeToUtf8Bytes(configuration, SamJson.Default.DynamicConfiguration);

    public static Task<Reply> PutAsync(this SamClient client, DynamicConfiguration configuration, params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Put, Path, Bytes(configuration), headers);

    public static Task<Reply> PutAsync(this SamClient client, string body) => client.SendAsync(HttpMethod.Put, Path, body);

    public static string NewKey(ECCurve curve)
    {
        using ECDsa key = ECDsa.Create(curve);
        return key.ExportSubjectPublicKeyInfoPem();
    }
}
