using System.Net;
using NUnit.Framework;
using RemoteSigning.Sam.Cluster;

namespace RemoteSigning.Sam.Tests;

/// <summary>Every function with every role (SAM-03): who is let through to it, and who is not.</summary>
public sealed class RoleTests
{
    /// <summary>Any method and path that is no function.</summary>
    private static readonly Row Nothing = new("*", "{**path}", Ssa: true, Operator: true, Peer: false);

    /// <summary>Those that are mapped, which another test holds to it: whoever maps a function says here who may use it.</summary>
    internal static readonly Row[] Functions =
    [
        new("GET", "/sam/v1/status", Ssa: true, Operator: true, Peer: false),
        new("GET", "/sam/v1/configurations/dynamic", Ssa: false, Operator: true, Peer: false),
        new("PUT", "/sam/v1/configurations/dynamic", Ssa: false, Operator: true, Peer: false),
        new("POST", "/sam/v1/key_pairs", Ssa: true, Operator: false, Peer: false),
        new("POST", "/sam/v1/signers/$body/key_pairs", Ssa: true, Operator: false, Peer: false),
        new("POST", "/sam/v1/proofs_of_possession", Ssa: true, Operator: false, Peer: false),
        new("PUT", "/sam/v1/key_pairs/$body", Ssa: true, Operator: false, Peer: false),
        new("POST", "/sam/v1/key_pairs/$body/reseal", Ssa: true, Operator: false, Peer: false),
        new("DELETE", "/sam/v1/key_pairs/$body", Ssa: true, Operator: true, Peer: false),
        new("POST", "/sam/v1/signatures", Ssa: true, Operator: false, Peer: false),
        new("POST", "/sam/v1/peers/$body/retire", Ssa: false, Operator: true, Peer: false),
        new("POST", "/sam/v1/peers/$body/reinstate", Ssa: false, Operator: true, Peer: false),
        new("POST", PeerFunctions.Path(PeerFunctions.Heartbeat), Ssa: false, Operator: false, Peer: true),
        new("POST", PeerFunctions.Path(PeerFunctions.Read), Ssa: false, Operator: false, Peer: true),
        new("POST", PeerFunctions.Path(PeerFunctions.Store), Ssa: false, Operator: false, Peer: true),
        new("POST", PeerFunctions.Path(PeerFunctions.Witness), Ssa: false, Operator: false, Peer: true),
    ];

    private static readonly Row[] All = [.. Functions, Nothing];

    private TestCluster _cluster = null!; // Set before any test runs.

    private TestNode Node => _cluster[0];

    [OneTimeSetUp]
    public async Task Start() => _cluster = await TestCluster.ListenAsync(2);

    [OneTimeTearDown]
    public async Task Stop() => await _cluster.DisposeAsync();

    [Test]
    public async Task Function_EachRole_LetThroughOrForbidden([ValueSource(nameof(All))] Row function)
    {
        using SamClient ssa = Node.Connect(Node.Ssa);
        using SamClient @operator = Node.Connect(Node.Operator);
        using SamClient peer = Node.Connect(_cluster[1].Server);

        (bool, bool, bool) letThrough = (
            await IsLetThroughAsync(ssa, function), await IsLetThroughAsync(@operator, function), await IsLetThroughAsync(peer, function));

        Assert.That(letThrough, Is.EqualTo((function.Ssa, function.Operator, function.Peer)), "SSA, operator, peer");
    }

    [Test]
    public void Function_Stranger_EndsInTheHandshake([ValueSource(nameof(All))] Row function)
    {
        using SamClient stranger = Node.Connect(Node.Stranger);

        Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(stranger, function));
    }

    /// <summary>An empty object is never what a function takes: whoever gets to it is told that, and nothing changes.</summary>
    private static async Task<bool> IsLetThroughAsync(SamClient client, Row function)
    {
        Reply reply = await SendAsync(client, function);
        if (reply.Status == HttpStatusCode.OK)
        {
            return function.Method == "GET";
        }

        string reached = function == Nothing ? "not_found" : "malformed";
        Assert.That(reply.Problem.Code, Is.EqualTo(reached).Or.EqualTo("role_forbidden"));
        return reply.Problem.Code == reached;
    }

    private static Task<Reply> SendAsync(SamClient client, Row function) => function == Nothing
        ? client.SendAsync(HttpMethod.Patch, "/sam/v1/nothing", "{}")
        : client.SendAsync(new HttpMethod(function.Method), function.Path, "{}");

    /// <summary>A function, and who is let through to it.</summary>
    public sealed record Row(string Method, string Path, bool Ssa, bool Operator, bool Peer)
    {
        public override string ToString() => $"{Method} {Path}";
    }
}
