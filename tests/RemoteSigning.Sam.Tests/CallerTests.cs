using System.Buffers.Text;
using System.Net;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>Who gets in, and what a caller may send.</summary>
public sealed class CallerTests
{
    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    private static readonly (HttpMethod Method, string Path)[] ServiceFunctions =
    [
        (HttpMethod.Post, "/sam/v1/key_pairs"),
        (HttpMethod.Post, "/sam/v1/signers/$body/key_pairs"),
        (HttpMethod.Post, "/sam/v1/proofs_of_possession"),
        (HttpMethod.Put, "/sam/v1/key_pairs/$body"),
        (HttpMethod.Post, "/sam/v1/signatures"),
    ];

    [Test]
    public void Connect_WithoutCertificate_EndsInTheHandshake()
    {
        using SamClient client = _node.Connect(null);

        Assert.ThrowsAsync<HttpRequestException>(client.GetStatusAsync);
    }

    [Test]
    public void Connect_UnknownCertificateOfTheSameAuthority_EndsInTheHandshake()
    {
        int records = _node.Records().Count;
        using SamClient client = _node.Connect(_node.Stranger);

        Assert.ThrowsAsync<HttpRequestException>(client.GetStatusAsync);
        Assert.That(_node.Records(), Has.Count.EqualTo(records), "no function was reached");
    }

    [Test]
    public async Task ServiceFunctions_Operator_RefusedAndRecorded()
    {
        using SamClient client = _node.Connect(_node.Operator);
        foreach ((HttpMethod method, string path) in ServiceFunctions)
        {
            (await client.SendAsync(method, path, "{}")).MustBe(HttpStatusCode.Forbidden, "role_forbidden");
            AuditRecord record = _node.AdministrationRecords()[^1];
            Assert.That((record.Actor, record.Outcome), Is.EqualTo(("operator", "role_forbidden")), path);
        }
    }

    [Test]
    public async Task Status_OperatorAndSsa_Told()
    {
        using SamClient client = _node.Connect(_node.Operator);

        SamStatus status = await client.GetStatusAsync();

        Assert.That((status.Node, status.ConfigurationVersion), Is.EqualTo((TestNode.Name, 7)));
        Assert.That(status.Epoch, Does.Match("^[0-9a-f]{32}$").And.EqualTo((await _node.Client.GetStatusAsync()).Epoch));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"key_template\":null}")]
    [TestCase("{\"key_template\":{\"algorithm\":null,\"size\":2048}}")]
    [TestCase("{\"key_template\":{\"algorithm\":\"RSA\",\"size\":\"big\"}}")]
    [TestCase("{\"key_template\":{\"algorithm\":\"RSA\",\"size\":2048}} {}")]
    [TestCase("{\"key_template\":{\"algorithm\":\"RSA\",\"algorithm\":\"RSA\",\"size\":2048}}")]
    [TestCase("{\"key_template\":{\"algorithm\":\"\\ud800\",\"size\":2048}}")]
    public async Task Generate_MalformedBody_Refused(string body)
    {
        (await _node.Client.SendAsync(HttpMethod.Post, "/sam/v1/key_pairs", body)).MustBe(HttpStatusCode.BadRequest, "malformed");
        Assert.That(_node.Records()[^1].Outcome, Is.EqualTo("malformed"));
    }

    [Test]
    public async Task Generate_BytesThatAreNoTextOrNestedDeep_Refused()
    {
        byte[] noText = [.. "{\"key_template\":{\"algorithm\":\""u8, 0xff, 0xfe, .. "\",\"size\":2048}}"u8];
        byte[] deep = Encoding.ASCII.GetBytes($"{{\"key_template\":{new string('[', 10_000)}");

        (await _node.Client.SendAsync(HttpMethod.Post, "/sam/v1/key_pairs", noText)).MustBe(HttpStatusCode.BadRequest, "malformed");
        (await _node.Client.SendAsync(HttpMethod.Post, "/sam/v1/key_pairs", deep)).MustBe(HttpStatusCode.BadRequest, "malformed");
    }

    [TestCase("{\"requests\":[null],\"key_pair\":KEY,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":null,\"key_pair\":KEY,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":null}],\"key_pair\":KEY,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"%%%\"}],\"key_pair\":KEY,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"AAA\"}],\"key_pair\":KEY,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"AAAA\"}],\"key_pair\":null,\"signer\":{\"id\":\"s\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"AAAA\"}],\"key_pair\":KEY,\"signer\":null}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"AAAA\"}],\"key_pair\":KEY,\"signer\":{\"id\":\"\"}}")]
    [TestCase("{\"requests\":[{\"dtbs\":\"AAAA\"}],\"key_pair\":KEY,\"signer\":{\"id\":null}}")]
    public async Task Sign_MalformedBody_Refused(string body) => (await _node.Client.SendAsync(
        HttpMethod.Post,
        "/sam/v1/signatures",
        body.Replace("KEY", "{\"version\":1,\"key_id\":\"k\",\"public_key\":\"p\",\"sealed\":\"AAAA\"}", StringComparison.Ordinal)))
        .MustBe(HttpStatusCode.BadRequest, "malformed");

    [Test]
    public async Task Generate_TenMegabytes_Refused()
    {
        (await _node.Client.SendAsync(HttpMethod.Post, "/sam/v1/key_pairs", new byte[10_000_000]))
            .MustBe(HttpStatusCode.RequestEntityTooLarge, "too_large");
        Assert.That(_node.Records()[^1].Outcome, Is.EqualTo("too_large"));
    }

    [TestCase("GET", "/")]
    [TestCase("GET", "/sam/v1/key_pairs")]
    [TestCase("PATCH", "/sam/v1/key_pairs/$body")]
    [TestCase("PUT", "/sam/v1/key_pairs/body")]
    [TestCase("POST", "/sam/v1/signers/signer-1/key_pairs")]
    public async Task Anything_Else_NotFoundAndRecorded(string method, string path)
    {
        (await _node.Client.SendAsync(new HttpMethod(method), path, "{}")).MustBe(HttpStatusCode.NotFound, "not_found");
        Assert.That((_node.Records()[^1].Event, _node.Records()[^1].Actor), Is.EqualTo(("refused_request", "ssa")));
    }

    [Test]
    public async Task Head_PresentOrPastOne_Served()
    {
        TreeHead past = (await _node.Client.GetStatusAsync()).Head!; // A status always has one.
        for (int i = 0; i < 5; i++)
        {
            await _node.Client.GetStatusAsync();
        }

        Assert.That((await _node.Client.GetWithHeadAsync(Text(past))).Status, Is.EqualTo(HttpStatusCode.OK));
        TreeHead newest = (await _node.Client.GetStatusAsync()).Head!;
        Assert.That((await _node.Client.GetWithHeadAsync(Text(newest))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Head_OfAnotherLog_RefusedAndRecorded()
    {
        TreeHead head = (await _node.Client.GetStatusAsync()).Head!;
        byte[] otherRoot = [.. head.RootHash];
        otherRoot[0] ^= 1;
        string[] unknown =
        [
            Text(head with { RootHash = otherRoot }),
            Text(head with { TreeSize = head.TreeSize - 1 }),
            Text(head with { TreeSize = head.TreeSize + 1000 }),
            $"-1.{Base64Url.EncodeToString(head.RootHash)}",
            "99999999999999999999.AAAA",
            $"{head.TreeSize}",
            $"{head.TreeSize}.%%",
            ".",
        ];

        foreach (string text in unknown)
        {
            (await _node.Client.GetWithHeadAsync(text)).MustBe(HttpStatusCode.Conflict, "head_unknown");
        }

        Assert.That(_node.Records()[^1].Outcome, Is.EqualTo("head_unknown"));
    }

    [Test]
    public async Task Refusal_Text_IsGeneralAndReasonIsInTheLogOnly()
    {
        Reply reply = await _node.Client.GenerateAsync(new KeyTemplate("RSA", 1024));

        Assert.That(reply.Problem.Detail, Is.EqualTo("The algorithm is not supported."));
        Assert.That(_node.Records()[^1].Reason, Does.Contain("1024"));
    }

    private static string Text(TreeHead head) => $"{head.TreeSize}.{Base64Url.EncodeToString(head.RootHash)}";
}
