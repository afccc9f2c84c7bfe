using System.Text.RegularExpressions;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests;

/// <summary>The server's page of metrics, and what the alert rules of docs/monitoring ask of it.</summary>
public sealed class MetricsTests
{
    private World _world = null!; // Set before the first test.

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("metrics");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [Test]
    public async Task Metrics_ServerThatServes_HaveWhatAlertsAskFor()
    {
        using CscClient signer = await _world.NewSignerAsync();
        using var health = new HttpClient { BaseAddress = _world.Health };
        string page = await health.GetStringAsync("/metrics");

        string alerts = File.ReadAllText(Path.Combine(Installation.Current.Root, "docs", "monitoring", "alerts.yml"));
        IEnumerable<string> asked = Regex.Matches(alerts, "(remotesigning_server|http_server)_[a-z_]+").Select(m => Regex.Replace(m.Value, "_count$", ""));
        IEnumerable<string> families = Regex.Matches(page, "^# TYPE ([a-z_]+) ", RegexOptions.Multiline).Select(m => m.Groups[1].Value);
        Assert.That(asked.Distinct(), Is.Not.Empty.And.SubsetOf(families));
        CommandResult judged = Commands.Try("promtool", ["check", "metrics"], input: page);
        Assert.That(judged.ExitCode, Is.Zero, judged.Output + judged.Error);
    }

    /// <summary>In a series that begins with 1, Prometheus sees no rise.</summary>
    [TestCase("incidents", "incident", "outcome_unknown", "answer_disbelieved", "proof_not_stored", "units_not_returned", "result_not_stored", "log_rewritten")]
    [TestCase("notifications", "outcome", "delivered", "failed", "expired", "dropped")]
    [TestCase("approval_notices", "outcome", "sent", "too_soon", "not_sent", "failed", "dropped")]
    [TestCase("reseal_keys", "outcome", "moved", "newest", "refused")]
    public async Task Metrics_NothingHappenedYet_CountersBeginWithZero(string metric, string label, params string[] values)
    {
        using var health = new HttpClient { BaseAddress = _world.Health };

        string page = await health.GetStringAsync("/metrics");

        Assert.That(
            page.Split('\n').Where(l => l.StartsWith($"remotesigning_server_{metric}_total{{", StringComparison.Ordinal)),
            Is.EquivalentTo(values.Select(v => $"remotesigning_server_{metric}_total{{{label}=\"{v}\"}} 0")));
    }
}
