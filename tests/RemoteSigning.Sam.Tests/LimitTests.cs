using System.Net;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>What a registered caller may send: each function refuses the rest, records it, and records little of it.</summary>
public sealed class LimitTests
{
    private const string Pair = """{"version":1,"key_id":"k","public_key":"p","sealed":"SEALED"}""";
    private const string Owner = """{"id":"s"}""";

    /// <summary>Each function with a body, and a body that is well formed but for what stands in place of SEALED.</summary>
    private static readonly (string Method, string Path, string Event, string Body)[] Functions =
    [
        ("POST", "/sam/v1/key_pairs", "generate_key_pair", """{"key_template":{"algorithm":"RSA","size":"SEALED"}}"""),
        ("POST", "/sam/v1/signers/$body/key_pairs", "assign_key_pair", $$$"""{"key_pair":{{{Pair}}},"signer":{{{Owner}}},"subject":"CN=A"}"""),
        ("POST", "/sam/v1/proofs_of_possession", "prove_possession", $$$"""{"key_pair":{{{Pair}}},"request":{"dtbs":"AAAA"}}"""),
        ("PUT", "/sam/v1/key_pairs/$body", "change_status",
            $$$"""{"key_pair":{{{Pair}}},"signer":{{{Owner}}},"status":{"certified":true,"enabled":true}}"""),
        ("DELETE", "/sam/v1/key_pairs/$body", "delete_key_pair", $$$"""{"key_pair":{{{Pair}}},"signer":{{{Owner}}}}"""),
        ("POST", "/sam/v1/signatures", "sign", $$$"""{"requests":[{"dtbs":"AAAA"}],"key_pair":{{{Pair}}},"signer":{{{Owner}}}}"""),
    ];

    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    private static IEnumerable<TestCaseData> MalformedBodies()
    {
        foreach ((string method, string path, string @event, string body) in Functions)
        {
            (string Name, string Body)[] malformed =
            [
                ("nothing", ""),
                ("null", "null"),
                ("an array", "[]"),
                ("no members", "{}"),
                ("cut", body[..^1]),
                ("more behind it", body + "{}"),
                ("wrong base64", body.Replace("SEALED", "%%%%", StringComparison.Ordinal)),
                ("base64 without its end", body.Replace("SEALED", "AAAAA", StringComparison.Ordinal)),
                ("null inside", body.Replace("\"SEALED\"", "{}", StringComparison.Ordinal)),
            ];
            foreach ((string name, string text) in malformed)
            {
                yield return new TestCaseData(method, path, @event, text).SetArgDisplayNames(method, path, name);
            }
        }
    }

    private static IEnumerable<TestCaseData> FunctionsWithABody() =>
        Functions.Select(f => new TestCaseData(f.Method, f.Path, f.Event).SetArgDisplayNames(f.Method, f.Path));

    [TestCaseSource(nameof(MalformedBodies))]
    public async Task Function_MalformedBody_RefusedAndRecorded(string method, string path, string @event, string body)
    {
        (await _node.Client.SendAsync(new HttpMethod(method), path, body)).MustBe(HttpStatusCode.BadRequest, "malformed");

        Assert.That(LastRecord(), Is.EqualTo((@event, "ssa", "malformed")));
    }

    [TestCaseSource(nameof(FunctionsWithABody))]
    public async Task Function_OversizedBody_RefusedAndRecorded(string method, string path, string @event)
    {
        byte[] body = new byte[(1 << 20) + 1];
        body.AsSpan().Fill((byte)' ');

        (await _node.Client.SendAsync(new HttpMethod(method), path, body)).MustBe(HttpStatusCode.RequestEntityTooLarge, "too_large");

        Assert.That(LastRecord(), Is.EqualTo((@event, "ssa", "too_large")));
    }

    [TestCaseSource(nameof(FunctionsWithABody))]
    public async Task Function_LongTexts_RecordStaysShort(string method, string path, string @event)
    {
        string text = new('n', 200_000);
        string body = Functions.Single(f => f.Event == @event).Body
            .Replace("\"SEALED\"", @event == "generate_key_pair" ? "1" : "\"AAAA\"", StringComparison.Ordinal)
            .Replace("\"k\"", $"\"{text}\"", StringComparison.Ordinal)
            .Replace("\"s\"", $"\"{text}\"", StringComparison.Ordinal)
            .Replace("\"RSA\"", $"\"{text}\"", StringComparison.Ordinal)
            .Replace("\"CN=A\"", $"\"{text}\"", StringComparison.Ordinal);
        Assert.That(body, Has.Length.GreaterThan(text.Length));
        long before = LogLength();

        Reply reply = await _node.Client.SendAsync(new HttpMethod(method), path, Encoding.UTF8.GetBytes(body), ("traceparent", text[..10_000]));

        Assert.That((int)reply.Status, Is.InRange(400, 499), reply.Body);
        Assert.That(LogLength() - before, Is.InRange(1, 2_500));
    }

    [TestCase(65, 0, 32, "malformed")]
    [TestCase(500_000, 0, 32, "malformed")]
    [TestCase(10, 257, 32, "malformed")]
    [TestCase(10, 300_000, 32, "malformed")]
    [TestCase(10, 0, 65, "digest_length")]
    public async Task Sign_ImpossibleLengths_RefusedAndRecordStaysShort(int oid, int parameters, int digest, string code)
    {
        var request = new SignaturesRequest(
            [.. Enumerable.Range(0, 1000).Select(_ => new SignatureRequest(new byte[digest]))],
            new KeyPair(1, "k", "p", []),
            new Signer("s"),
            new string('1', oid),
            new byte[parameters]);
        long before = LogLength();

        (await _node.Client.SignAsync(request, "any")).MustBe(HttpStatusCode.BadRequest, code);

        Assert.That(LogLength() - before, Is.InRange(1, 2_500), "nothing of the thousand things is recorded");
    }

    [Test]
    public async Task Sign_ThousandLongestThings_RecordIsNotMuchLongerThanTheRequest()
    {
        string oid = Oids.EcdsaWithSha512.PadRight(64, '1');
        var request = new SignaturesRequest(
            [.. Enumerable.Range(0, 1000).Select(_ => new SignatureRequest(new byte[64], oid, new byte[256]))],
            new KeyPair(1, "k", "p", []),
            new Signer("s"));
        long before = LogLength();

        (await _node.Client.SignAsync(request, "any")).MustBe(HttpStatusCode.Forbidden, "sad_invalid");

        Assert.That(LogLength() - before, Is.InRange(200_000, 300_000));
    }

    private (string Event, string? Actor, string Outcome) LastRecord()
    {
        AuditRecord record = _node.Records()[^1];
        return (record.Event, record.Actor, record.Outcome);
    }

    private long LogLength() => new FileInfo(_node.LogFile).Length;
}
