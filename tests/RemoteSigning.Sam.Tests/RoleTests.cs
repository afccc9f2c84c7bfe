using System.Net;
using NUnit.Framework;
using RemoteSigning.Sam.Cluster;

namespace RemoteSigning.Sam.Tests;

/// <summary>Every function with every role (SAM-03): who is let through to it, and who is not.</summary>
public sealed class RoleTests
{
    internal static readonly (string Method, string Path, bool Ssa, bool Operator)[] Functions =
    [
        ("GET", "/sam/v1/status", true, true),
        ("GET", "/sam/v1/configurations/dynamic", false, true),
        ("PUT", "/sam/v1/configurations/dynamic", false, true),
        ("POST", "/sam/v1/key_pairs", true, false),
        ("POST", "/sam/v1/signers/$body/key_pairs", true, false),
        ("POST", "/sam/v1/proofs_of_possession", true, false),
        ("PUT", "/sam/v1/key_pairs/$body", true, false),
        ("POST", "/sam/v1/key_pairs/$body/reseal", true, false),
        ("DELETE", "/sam/v1/key_pairs/$body", true, true),
        ("POST", "/sam/v1/signatures", true, false),
        ("POST", "/sam/v1/peers/$body/retire", false, true),
        ("POST", "/sam/v1/peers/$body/reinstate", false, true),
        ("POST", PeerFunctions.Path(PeerFunctions.Heartbeat), false, false),
        ("POST", PeerFunctions.Path(PeerFunctions.Read), false, false),
        ("POST", PeerFunctions.Path(PeerFunctions.Store), false, false),
        ("POST", PeerFunctions.Path(PeerFunctions.Witness), false, false),
    ];

    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Function_EachRole_LetThroughOrForbidden([ValueSource(nameof(Functions))] (string Method, string Path, bool Ssa, bool Operator) function)
    {
        using SamClient ssa = _node.Connect(_node.Ssa);
        using SamClient @operator = _node.Connect(_node.Operator);

        Assert.Multiple(async () =>
        {
            Assert.That(await IsLetThroughAsync(ssa, function.Method, function.Path), Is.EqualTo(function.Ssa), "SSA");
            Assert.That(await IsLetThroughAsync(@operator, function.Method, function.Path), Is.EqualTo(function.Operator), "operator");
        });
    }

    [Test]
    public void Function_Stranger_EndsInTheHandshake([ValueSource(nameof(Functions))] (string Method, string Path, bool Ssa, bool Operator) function)
    {
        using SamClient stranger = _node.Connect(_node.Stranger);

        Assert.ThrowsAsync<HttpRequestException>(() => stranger.SendAsync(new HttpMethod(function.Method), function.Path, "{}"));
    }

    /// <summary>An empty object is never what a function takes: whoever gets to it is told that, and nothing changes.</summary>
    private static async Task<bool> IsLetThroughAsync(SamClient client, string method, string path)
    {
        Reply reply = await client.SendAsync(new HttpMethod(method), path, "{}");
        if (reply.Status == HttpStatusCode.OK)
        {
            return method == "GET";
        }

        Assert.That(reply.Problem.Code, Is.EqualTo("malformed").Or.EqualTo("role_forbidden"));
        return reply.Problem.Code == "malformed";
    }
}
