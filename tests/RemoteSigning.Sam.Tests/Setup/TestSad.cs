using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>A genuine SAD for a request; tests change what they want to be wrong before it is signed.</summary>
internal sealed record TestSad(SadClaims Claims, ActivationContent Content)
{
    public static async Task<TestSad> ForAsync(TestNode node, SignaturesRequest request) =>
        For(node, request, await node.EpochAsync());

    public static TestSad For(TestNode node, SignaturesRequest request, string epoch) =>
        For(node, request, epoch, node.Clock.GetUtcNow());

    /// <summary>For a node that has a process, and so a clock, of its own.</summary>
    public static TestSad For(TestNode node, SignaturesRequest request, string epoch, DateTimeOffset at)
    {
        long now = at.ToUnixTimeSeconds();
        var content = new ActivationContent(
            ActivationContent.CurrentVersion,
            node.NodeName,
            epoch,
            "transaction-1",
            request.Signer.Id,
            request.KeyPair.KeyId,
            request.Requests.Count,
            SetDigest(request),
            "client-1",
            Base64Url.EncodeToString(SHA256.HashData("shown"u8)),
            now + 300);
        return new TestSad(
            new SadClaims(
                "as-1", node.NodeName, epoch, Guid.NewGuid().ToString("N"), now, now + 60, AssuranceLevel.Substantial, ["pwd", "otp"], ""),
            content);
    }

    /// <summary>The string that devices answer.</summary>
    public string ContentText => JsonSerializer.Serialize(Content, ActivationJson.Default.ActivationContent);

    public string Sign(ECDsa key) => CompactJws.Sign(
        SadClaims.JwsType,
        "any",
        JsonSerializer.SerializeToUtf8Bytes(
            Claims with { Content = ContentText },
            ActivationJson.Default.SadClaims),
        key);

    private static string SetDigest(SignaturesRequest request) => Base64Url.EncodeToString(ActivationSet.Digest(
        request.Requests.Select(r => new ActivationEntry(
            r.SignatureAlgorithm ?? request.SignatureAlgorithm!, // Each test gives one of the two.
            r.SignatureAlgorithm is null ? r.SignatureAlgorithmParameters ?? request.SignatureAlgorithmParameters : r.SignatureAlgorithmParameters,
            r.Dtbs))));
}
