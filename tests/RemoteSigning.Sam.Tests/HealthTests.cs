using System.Net;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Commands;

namespace RemoteSigning.Sam.Tests;

/// <summary>The health port: readiness falls with each cause and comes back, and nothing else is to be had there.</summary>
internal sealed class HealthTests
{
    private TestNode _node = null!; // Set before each test runs.
    private HealthPort _health = null!;

    [SetUp]
    public async Task Start()
    {
        _node = TestNode.New();
        _health = new HealthPort();
        _health.Configure(_node);
        await _node.StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        _health.Dispose();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task Ready_Node_NamesEachCheckAndNothingElse()
    {
        using HttpResponseMessage answer = await _health.SendAsync(HttpMethod.Get, "/health/ready");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/json"));
        JsonObject body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        Assert.That((string?)body["status"], Is.EqualTo("ready"));
        Assert.That(body["checks"]!.AsArray().Select(c => (string?)c!["name"]), Is.EqualTo(new[]
        {
            "module", "hsm", "audit_service", "audit_admin", "clock", "cluster", "self_test", "listener",
        }));
        Assert.That(body["checks"]!.AsArray().Select(c => c!.ToJsonString()), Is.All.EndsWith("\"state\":\"ok\"}"));
    }

    [Test]
    public async Task Ready_ModuleLocked_503UntilUnlocked()
    {
        await _node.LockAsync();

        (int status, IReadOnlyDictionary<string, string> failing) = await _health.ReadyAsync();
        Assert.That(status, Is.EqualTo(503));
        Assert.That(failing["module"], Is.EqualTo("it is locked after tampering"));
        Assert.That((await _health.MetricsAsync()).Samples["remotesigning_sam_locked"], Is.EqualTo(1));
        using HttpResponseMessage live = await _health.SendAsync(HttpMethod.Get, "/health/live");
        Assert.That(live.StatusCode, Is.EqualTo(HttpStatusCode.OK), "it runs");

        await _node.StopAsync();
        await AdminUnlockCommand.RunAsync(
            ["--config", _node.ConfigurationFile, "--reason", "looked at"], TextWriter.Null, _node.Seams);
        await _node.StartAsync();
        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Ready_HsmGone_503UntilItIsBack()
    {
        string tokens = TestToken.Store.TokenFolder;
        Directory.Move(tokens, $"{tokens}.away");
        try
        {
            (int status, IReadOnlyDictionary<string, string> failing) = await _health.ReadyAsync();
            Assert.That((status, failing.Keys), Is.EqualTo((503, new[] { "hsm" })));
            Assert.That((await _health.MetricsAsync()).Samples["remotesigning_health_check{check=\"hsm\"}"], Is.Zero);
        }
        finally
        {
            Directory.Move($"{tokens}.away", tokens);
        }

        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200));
        Assert.That((await _health.MetricsAsync()).Samples["remotesigning_health_check{check=\"hsm\"}"], Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Ready_LogRefusedARecord_503UntilItTakesOne(bool full)
    {
        (_node.LogFaults.Full, _node.LogFaults.ReadOnly) = (full, !full);
        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200), "nothing was refused yet");
        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "")).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        (int status, IReadOnlyDictionary<string, string> failing) = await _health.ReadyAsync();
        Assert.That((status, failing.Keys), Is.EqualTo((503, new[] { "audit_service" })));
        Assert.That(failing["audit_service"], Does.StartWith("it takes no records"));

        _node.LogFaults.Heal();
        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200), "without anybody's asking the node");
        Assert.That(_node.Records()[^1].Event, Is.EqualTo(AuditEvents.LogResumed));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Ready_LogInDoubt_503UntilARestartHasVerifiedIt()
    {
        _node.LogFaults.FlushFails = true;
        await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "");
        _node.LogFaults.Heal();

        Assert.That((await _health.ReadyAsync()).Failing.Keys, Is.EqualTo(new[] { "audit_service" }));

        Assert.ThrowsAsync<Contracts.ProblemException>(_node.StopAsync);
        await _node.StartAsync();
        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Ready_ClockBeforeTheLog_503UntilItIsSet()
    {
        _node.Clock.SetWall(TimeSpan.FromSeconds(-10));
        Assert.That(await FailingAsync(), Is.EqualTo(new[] { "clock" }));

        _node.Clock.SetWall(TimeSpan.FromSeconds(10));
        Assert.That(await FailingAsync(), Is.Empty);
    }

    [Test]
    public async Task Ready_PeerNotHeard_503UntilItIs()
    {
        await using TestCluster cluster = await TestCluster.ListenAsync(2);
        await cluster[0].StopAsync();
        using var health = new HealthPort();
        health.Configure(cluster[0]);
        await cluster[0].StartAsync();
        Assert.That((await health.ReadyAsync()).Failing.Keys, Is.EqualTo(new[] { "cluster" }), "not heard yet");

        await cluster.BeatAsync();
        Assert.That((await health.ReadyAsync()).Status, Is.EqualTo(200));

        cluster[0].Clock.Advance(TimeSpan.FromSeconds(61));
        (int status, IReadOnlyDictionary<string, string> failing) = await health.ReadyAsync();
        Assert.That((status, failing["cluster"]), Is.EqualTo((503, "sam-2 was not heard for 61 s: it has to come back, or an operator has to retire it")));
        PrometheusText metrics = await health.MetricsAsync();
        Assert.That(
            (metrics.Samples["remotesigning_sam_serving"], metrics.Samples["remotesigning_sam_peer_silence_seconds{peer=\"sam-2\"}"]),
            Is.EqualTo((0d, 61d)));

        await cluster.BeatAsync();
        Assert.That((await health.ReadyAsync()).Status, Is.EqualTo(200));
        Assert.That((await health.MetricsAsync()).Samples["remotesigning_sam_serving"], Is.EqualTo(1));
    }

    [TestCase("GET", "/")]
    [TestCase("GET", "/health")]
    [TestCase("GET", "/health/live/")]
    [TestCase("GET", "/health/LIVE")]
    [TestCase("HEAD", "/health/live")]
    [TestCase("POST", "/health/ready")]
    [TestCase("DELETE", "/metrics")]
    [TestCase("GET", "/sam/v1/status")]
    [TestCase("POST", "/sam/v1/signatures")]
    [TestCase("POST", "/sam/v1/peers/$body/retire")]
    public async Task HealthPort_AnythingElse_404WithoutARecord(string method, string path)
    {
        int records = _node.Records().Count + _node.AdministrationRecords().Count;

        using HttpResponseMessage answer = await _health.SendAsync(new HttpMethod(method), path);

        Assert.That((answer.StatusCode, await answer.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.NotFound, "")));
        Assert.That(_node.Records().Count + _node.AdministrationRecords().Count, Is.EqualTo(records));
    }

    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    [TestCase("/metrics")]
    public async Task MainPort_PathsOfTheHealthPort_404(string path) =>
        (await _node.Client.SendAsync(HttpMethod.Get, path, "")).MustBe(HttpStatusCode.NotFound, "not_found");

    [Test]
    public async Task Https_RegisteredCallerOnly()
    {
        await _node.StopAsync();
        string key = Path.Combine(_node.Folder, "scraper.pub");
        File.WriteAllText(key, PublicKeyPem.Encode(_node.Operator.PublicKeyInfo));
        var address = new UriBuilder(_health.Address) { Scheme = "https" };
        _node.Configure(sam => sam["Health"] = new JsonObject
        {
            ["Listen"] = address.Uri.ToString(),
            ["Tls"] = sam["Tls"]!.DeepClone(),
            ["Callers"] = new JsonArray(key),
        });
        await _node.StartAsync();

        using var registered = new SamClient(address.Uri, _node.TlsRoot, _node.Operator);
        Assert.That((await registered.SendAsync(HttpMethod.Get, "/health/live", (byte[]?)null)).Status, Is.EqualTo(HttpStatusCode.OK));
        using var stranger = new SamClient(address.Uri, _node.TlsRoot, _node.Ssa);
        Assert.ThrowsAsync<HttpRequestException>(() => stranger.SendAsync(HttpMethod.Get, "/health/live", (byte[]?)null));
        using var nobody = new SamClient(address.Uri, _node.TlsRoot, null);
        Assert.ThrowsAsync<HttpRequestException>(() => nobody.SendAsync(HttpMethod.Get, "/health/live", (byte[]?)null));
    }

    [TestCase("http://0.0.0.0:8080", "loopback")]
    [TestCase("http://192.0.2.1:8080", "loopback")]
    [TestCase("http://[::]:8080", "loopback")]
    [TestCase("http://localhost:8080", "numeric")]
    [TestCase("http://127.0.0.1:8080/health", "numeric")]
    [TestCase("ftp://127.0.0.1:8080", "numeric")]
    [TestCase("https://127.0.0.1:8080", "Sam:Health:Callers")]
    public async Task Start_BadListen_Refused(string listen, string reason)
    {
        await _node.StopAsync();
        _node.Configure(sam => sam["Health"] = new JsonObject { ["Listen"] = listen });

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("Sam:Health:Listen").And.Contain(reason));
    }

    [Test]
    public async Task Start_HealthPortTaken_RefusedAndNothingServed()
    {
        await _node.StopAsync();
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, _health.Address.Port);
        taken.Start();

        Assert.ThrowsAsync<IOException>(_node.StartAsync);
        Assert.ThrowsAsync<HttpRequestException>(() => _node.EpochAsync());

        taken.Stop();
        await _node.StartAsync();
        Assert.That((await _health.ReadyAsync()).Status, Is.EqualTo(200));
    }

    private async Task<IEnumerable<string>> FailingAsync() => (await _health.ReadyAsync()).Failing.Keys;
}
