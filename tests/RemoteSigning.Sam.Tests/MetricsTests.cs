using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>What is counted and measured, and the page that shows it: read by a strict reader of ours and by promtool.</summary>
internal sealed class MetricsTests
{
    [Test]
    public async Task Metrics_AfterSignaturesAndRefusals_TellThemAndNobody()
    {
        await using TestNode node = TestNode.New();
        using var health = new HealthPort();
        health.Configure(node);
        await node.StartAsync();
        KeyPair key = await TestKey.EnabledAsync(node, TestKey.P256);
        var request = new SignaturesRequest(
            [.. Enumerable.Range(0, 3).Select(_ => new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256))],
            key,
            new Signer(TestKey.Signer));
        string sad = (await TestSad.ForAsync(node, request)).Sign(node.As1);
        Assert.That((await node.Client.SignAsync(request, sad)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.Forbidden, "sad_used");
        SignaturesRequest odd = request with { Requests = [new SignatureRequest(new byte[32], "1.2.3.4")] };
        await node.Client.SignAsync(odd, sad);

        string page = await health.MetricsTextAsync();

        IReadOnlyDictionary<string, double> samples = PrometheusText.Parse(page).Samples;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(samples["remotesigning_sam_signatures_total{algorithm=\"sha256-ecdsa\",outcome=\"success\"}"], Is.EqualTo(3));
            Assert.That(samples["remotesigning_sam_signatures_total{algorithm=\"sha256-ecdsa\",outcome=\"sad_used\"}"], Is.EqualTo(3));
            Assert.That(samples.Keys.Count(k => k.StartsWith("remotesigning_sam_signatures_total{algorithm=\"other\"", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(samples["remotesigning_sam_requests_total{function=\"sign\",outcome=\"success\"}"], Is.EqualTo(1));
            Assert.That(samples["remotesigning_hsm_operation_duration_seconds_count{hsm_operation=\"SignWithWrapped\"}"], Is.GreaterThanOrEqualTo(1));
            Assert.That(samples["remotesigning_hsm_sessions_limit"], Is.EqualTo(4));
            Assert.That(samples["remotesigning_hsm_sessions_used"], Is.Zero);
            Assert.That(samples["remotesigning_hsm_operations_waiting"], Is.Zero);
            Assert.That(samples["remotesigning_hsm_logins_total"], Is.EqualTo(1));
            Assert.That(samples["remotesigning_sam_audit_log_records{log=\"service\"}"], Is.EqualTo(node.Records().Count));
            Assert.That(samples["remotesigning_sam_audit_log_size_bytes{log=\"service\"}"], Is.EqualTo(new FileInfo(node.LogFile).Length));
            int sinceTheStart = node.Records().Count(r => r.Event != "start"); // That was recorded before there was a page.
            Assert.That(samples["remotesigning_sam_audit_append_duration_seconds_count{log=\"service\"}"], Is.EqualTo(sinceTheStart));
            Assert.That(samples["remotesigning_sam_audit_group_records_sum{log=\"service\"}"], Is.EqualTo(sinceTheStart));
            Assert.That(samples["remotesigning_sam_floor_list_keys"], Is.EqualTo(1));
            Assert.That(samples["remotesigning_sam_floor_list_entries"], Is.EqualTo(node.FloorEntries));
            Assert.That(samples["remotesigning_sam_locked"], Is.Zero);
            Assert.That(samples["remotesigning_sam_data_free_bytes"], Is.Positive);
            Assert.That(samples["dotnet_process_memory_working_set_bytes"], Is.Positive);
            Assert.That(samples.Keys, Has.Some.StartsWith("dotnet_gc_collections_total{"));
            Assert.That(
                samples.Keys,
                Has.Some.StartsWith("http_server_request_duration_seconds_bucket{").And.Some.Contains("http_route=\"/sam/v1/signatures\""));
            Assert.That(page, Does.Not.Contain(TestKey.Signer).And.Not.Contain(key.KeyId).And.Not.Contain("1.2.3.4"));
        }

        Promtool(page);
    }

    /// <summary>What docs/monitoring offers to operators is taken by Prometheus, and asks for metrics that there are.</summary>
    [Test]
    public async Task Rules_OfTheDocumentation_AreTakenAndNameRealMetrics()
    {
        string folder = Path.Combine(Installation.Current.Root, "docs", "monitoring");
        CommandResult result = Sandbox.Commands.Try("promtool", ["check", "config", Path.Combine(folder, "prometheus.yml")]);
        Assert.That(result.ExitCode, Is.Zero, result.Output + result.Error);
        await using TestNode node = TestNode.New();
        using var health = new HealthPort();
        health.Configure(node);
        node.Configure(sam => sam["Hsm"]!["Worker"] = new JsonObject { ["RecycleAfter"] = "1.00:00:00" }); // The section is there.
        await node.StartAsync();

        IEnumerable<string> families = (await health.MetricsAsync()).Types.Keys;

        IEnumerable<string> asked = Regex.Matches(File.ReadAllText(Path.Combine(folder, "alerts.yml")), "remotesigning_(?!server_)[a-z_]+")
            .Select(m => Regex.Replace(m.Value, "_(bucket|count|sum)$", ""));
        Assert.That(asked.Distinct(), Is.Not.Empty.And.SubsetOf(families));
    }

    /// <summary>Each alert fires on the series that it is for, and on no others.</summary>
    [Test]
    public void Rules_OfTheDocumentation_FireOnTheirSeries()
    {
        string root = Installation.Current.Root;
        string tests = Path.Combine(root, "tests", "monitoring", "alerts.test.yml");
        CommandResult result = Sandbox.Commands.Try("promtool", ["test", "rules", tests]);
        Assert.That(result.ExitCode, Is.Zero, result.Output + result.Error);

        IEnumerable<string> alerts = Regex.Matches(File.ReadAllText(Path.Combine(root, "docs", "monitoring", "alerts.yml")), @"- alert: (\w+)").Select(m => m.Groups[1].Value);
        IEnumerable<string> fired = Regex.Matches(File.ReadAllText(tests), @"alertname: (\w+)\n\s+exp_alerts:\n\s+- ").Select(m => m.Groups[1].Value);
        Assert.That(fired.Distinct(), Is.EquivalentTo(alerts));
    }

    [Test]
    public void Page_TooManyLabelSets_TheRestInOne()
    {
        using var meter = new Meter("test");
        using var page = new MetricsPage(i => i.Meter == meter);
        Counter<int> counter = meter.CreateCounter<int>("test.things", "{thing}", "Things.");
        for (int i = 0; i < MetricFamily.MostSeries + 100; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("name", i));
        }

        counter.Add(7, new KeyValuePair<string, object?>("name", new string('x', 10_000)));
        counter.Add(1, new KeyValuePair<string, object?>("name", 0));

        IReadOnlyDictionary<string, double> samples = PrometheusText.Parse(page.Render()).Samples;
        Assert.That(samples, Has.Count.EqualTo(MetricFamily.MostSeries + 1));
        Assert.That(samples["test_things_total{otel_metric_overflow=\"true\"}"], Is.EqualTo(107));
        Assert.That(samples["test_things_total{name=\"0\"}"], Is.EqualTo(2));
    }

    [TestCase("plain")]
    [TestCase("a \"quoted\" name")]
    [TestCase("back\\slash\\")]
    [TestCase("two\nlines")]
    [TestCase("ünïcode {}=,")]
    [TestCase("")]
    public void Page_AnyLabelAndHelp_ReadAsWritten(string value)
    {
        using var meter = new Meter("test");
        using var page = new MetricsPage(i => i.Meter == meter);
        Histogram<double> histogram = meter.CreateHistogram<double>("test.time", "s", $"Help of {value}.");
        histogram.Record(0.003, new("odd.name-1", value), new("second", true));
        histogram.Record(99, new("odd.name-1", value), new("second", true));

        string text = page.Render();

        PrometheusText read = PrometheusText.Parse(text);
        Assert.That(read.Types["test_time_seconds"], Is.EqualTo("histogram"));
        string count = read.Samples.Single(s => s.Key.StartsWith("test_time_seconds_count", StringComparison.Ordinal) && s.Value == 2).Key;
        Assert.That((PrometheusText.Label(count, "odd_name_1"), PrometheusText.Label(count, "second")), Is.EqualTo((value, "true")));
        Promtool(text);
    }

    [Test]
    public void Page_KindsOfInstruments_HaveTheirTypesAndValues()
    {
        using var meter = new Meter("test");
        using var page = new MetricsPage(i => i.Meter == meter);
        meter.CreateObservableCounter("test.seen", () => 5L, "{thing}", "Seen.");
        meter.CreateObservableUpDownCounter("test.size", () => 7L, "By", "Size.");
        meter.CreateObservableGauge("test.level", () => 0.5, "1", "Level.");
        Gauge<long> last = meter.CreateGauge<long>("test.last", null, "Last.");
        UpDownCounter<long> open = meter.CreateUpDownCounter<long>("test.open", "{thing}", "Open.");
        last.Record(1);
        last.Record(4);
        open.Add(3);
        open.Add(-1);

        _ = page.Render();
        PrometheusText read = PrometheusText.Parse(page.Render());

        Assert.That(read.Samples, Is.EquivalentTo(new Dictionary<string, double>
        {
            ["test_seen_total"] = 5,
            ["test_size_bytes"] = 7,
            ["test_level_ratio"] = 0.5,
            ["test_last"] = 4,
            ["test_open"] = 2,
        }));
        Promtool(page.Render());
    }

    [TestCase("a 1")]
    [TestCase("# HELP a A.\n# TYPE a gauge\na 1\na 1\n")]
    [TestCase("# HELP a A.\n# TYPE a counter\na 1\n")]
    [TestCase("# HELP a A.\n# TYPE a gauge\na{b=\"c\"d\"} 1\n")]
    [TestCase("# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n")]
    public void Reader_BrokenPage_Refuses(string page) => Assert.That(() => PrometheusText.Parse(page), Throws.InstanceOf<Exception>());

    /// <summary>Prometheus' own program, which reads the format and judges the names.</summary>
    private static void Promtool(string page)
    {
        CommandResult result = Sandbox.Commands.Try("promtool", ["check", "metrics"], input: page);
        Assert.That(result.ExitCode, Is.Zero, result.Output + result.Error);
    }
}
