using System.Net;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>Spans go to a collector, and a collector that is away or refuses them changes nothing.</summary>
internal sealed class TraceExportTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private TestNode _node = null!; // Set before each test runs.

    [SetUp]
    public void Make() => _node = TestNode.New();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Export_Collector_GetsTheSpansOfARequest()
    {
        using var collector = new TraceReceiver();
        Configure(collector.Endpoint.ToString());
        await _node.StartAsync();

        await AskAsync();
        await _node.StopAsync(); // What waits is sent.

        TraceReceiver.Span[] spans = [.. collector.Spans.Where(s => s.TraceId == Trace)];
        Assert.That(spans.Select(s => s.Service).Distinct(), Is.EqualTo(new[] { "RemoteSigning.Sam" }));
        TraceReceiver.Span request = spans.Single(s => s.Name == "GET /sam/v1/status");
        Assert.That(request.ParentId, Is.EqualTo("b7ad6b7169203331"));
        Assert.That(spans.Single(s => s.Name == "audit.append").ParentId, Is.EqualTo(request.Id));
    }

    [TestCase(HttpStatusCode.InternalServerError)]
    [TestCase(HttpStatusCode.Redirect)]
    [TestCase(null)]
    public async Task Export_CollectorRefusesOrIsAway_NothingChanges(HttpStatusCode? status)
    {
        using var collector = new TraceReceiver { Status = status ?? HttpStatusCode.OK };
        Configure(collector.Endpoint.ToString());
        if (status is null)
        {
            collector.Dispose();
        }

        await _node.StartAsync();
        await AskAsync();
        await _node.StopAsync();

        Assert.That(_node.Records().Select(r => r.Event), Is.EqualTo(new[] { "start", "status", "stop" }));
    }

    [TestCase("http://192.0.2.1:4318/v1/traces")]
    [TestCase("http://localhost:4318/v1/traces")]
    [TestCase("https://127.0.0.1:4318/v1/traces")]
    [TestCase("/v1/traces")]
    [TestCase("ftp://127.0.0.1/")]
    public void Start_BadEndpoint_Refused(string endpoint)
    {
        Configure(endpoint);

        Assert.That(Assert.ThrowsAsync<InvalidOperationException>(_node.StartAsync)!.Message, Does.StartWith("Telemetry:Otlp:Endpoint must be"));
    }

    private async Task AskAsync() => Assert.That(
        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", null, ("traceparent", $"00-{Trace}-b7ad6b7169203331-00"))).Status,
        Is.EqualTo(HttpStatusCode.OK));

    private void Configure(string endpoint)
    {
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(_node.ConfigurationFile))!;
        configuration["Telemetry"] = new JsonObject { ["Otlp"] = new JsonObject { ["Endpoint"] = endpoint } };
        OwnerOnly.Write(_node.ConfigurationFile, configuration.ToJsonString());
    }
}
