using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Tests;

/// <summary>One trace from the caller's <c>traceparent</c> to the HSM and back in the answer, the record and the log.</summary>
internal sealed class TraceTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private TestNode _node = null!; // Set before each test runs.

    [SetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Sign_WithTraceparent_OneTraceToTheHsm()
    {
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], key, new Signer(TestKey.Signer));
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name.StartsWith("RemoteSigning", StringComparison.Ordinal) || s.Name == TraceContext.RequestSource,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);

        Reply reply = await _node.Client.SendAsync(
            HttpMethod.Post,
            "/sam/v1/signatures",
            request,
            SamJson.Default.SignaturesRequest,
            ("X-SAM-SAD", sad),
            ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));
        await _node.StopAsync(); // All spans have ended then.

        Assert.That(reply.Signatures.Values, Has.Count.EqualTo(1));
        Assert.That(reply.RequestId, Is.EqualTo(Trace));
        Assert.That(_node.Records().Single(r => r.Event == "sign").TraceId, Is.EqualTo(Trace));
        Activity[] ours = [.. spans.Where(s => s.TraceId.ToHexString() == Trace)];
        Assert.That(
            ours.Select(s => s.DisplayName),
            Is.SupersetOf(new[] { "POST /sam/v1/signatures", "sad.identify", "sad.check", "SignWithWrapped", "audit.append", "audit.group", "Sign" }));
        Activity hsm = ours.Single(s => s.DisplayName == "SignWithWrapped");
        Assert.That(hsm.GetTagItem("hsm.mechanism"), Is.EqualTo("CKM_ECDSA"));
        Activity root = ours.Single(s => s.DisplayName == "POST /sam/v1/signatures");
        Assert.That((root.ParentSpanId.ToHexString(), hsm.ParentSpanId), Is.EqualTo(("00f067aa0ba902b7", root.SpanId)));
        Assert.That(
            ours.SelectMany(s => s.TagObjects).Select(t => t.Key).Distinct(),
            Is.SubsetOf(new[] { "hsm.mechanism", "hsm.signatures", "http.request.method", "http.route", "http.response.status_code" }),
            "no key, no signer, no digest, no path");
    }

    [TestCase("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [TestCase("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [TestCase("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [TestCase("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-and-more")]
    [TestCase("4bf92f3577b34da6a3ce929d0e0e4736")]
    [TestCase("|x.y.")]
    [TestCase("")]
    public async Task Request_OtherTraceparent_BeginsATraceOfItsOwn(string header)
    {
        Reply reply = await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", null, ("traceparent", header), ("Request-Id", "|a.b."));

        Assert.That(reply.RequestId, Does.Match("^[0-9a-f]{32}$").And.Not.EqualTo(Trace).And.Not.EqualTo(new string('0', 32)));
        Assert.That(_node.Records()[^1].TraceId, Is.EqualTo(reply.RequestId));
    }

    [Test]
    public async Task Request_SeveralTraceparents_BeginsATraceOfItsOwn()
    {
        string one = $"00-{Trace}-00f067aa0ba902b7-01";
        Reply reply = await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", null, ("traceparent", one), ("traceparent", one));

        Assert.That(reply.RequestId, Does.Match("^[0-9a-f]{32}$").And.Not.EqualTo(Trace));
    }

    [Test]
    public void Context_Outwards_TraceparentAndNothingElse()
    {
        using var span = new Activity("test");
        span.SetIdFormat(ActivityIdFormat.W3C).AddBaggage("a", "b").TraceStateString = "c=d";
        span.Start();
        var sent = new Dictionary<string, string>();

        new TraceContext().Inject(span, sent, (carrier, name, value) => ((Dictionary<string, string>)carrier!).Add(name, value));

        Assert.That(sent, Is.EqualTo(new Dictionary<string, string> { ["traceparent"] = span.Id! }));
    }

    [Test]
    public void LogLine_TextWithLineEnds_IsOneLineWithTheTrace()
    {
        using var span = new Activity("test");
        span.SetIdFormat(ActivityIdFormat.W3C).Start();
        var output = new StringWriter();
        var entry = new LogEntry<string>(
            LogLevel.Warning, "Category", new EventId(7), "a\r\n2026 forged\u001b[0m", new InvalidOperationException("b\nc"), (s, _) => s);

        new LogLineFormatter(TimeProvider.System).Write(in entry, null, output);

        string line = output.ToString();
        Assert.That(line, Does.EndWith("\n").And.Match(
            $"^[0-9-]{{10}}T[0-9:.]{{12}}Z {span.TraceId.ToHexString()} warn: Category\\[7\\] a  2026 forged \\[0m System.InvalidOperationException: b c"));
        Assert.That(line[..^1].Any(char.IsControl), Is.False);
    }
}
