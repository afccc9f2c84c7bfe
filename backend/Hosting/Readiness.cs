using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Hosting;

/// <summary>Whether the process can do its work now: all of its checks, each with its answer.</summary>
internal sealed partial class Readiness : IDisposable
{
    private readonly IReadOnlyList<HealthCheck> _checks;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private volatile IReadOnlyList<Answer> _last = [];

    /// <param name="clock">Measures how long an answer takes.</param>
    public Readiness(IReadOnlyList<HealthCheck> checks, TimeProvider clock, ILogger logger)
    {
        _checks = checks;
        _clock = clock;
        _logger = logger;
        Meter = new Meter(new MeterOptions("RemoteSigning.Health") { Scope = this });
        Meter.CreateObservableGauge(
            "remotesigning.health.check",
            () => _last.Select(a => new Measurement<int>(a.Trouble is null ? 1 : 0, new KeyValuePair<string, object?>("check", a.Check))),
            description: "1: the check holds, 0: it does not, and the process is not ready.");
        AssemblyName program = typeof(Readiness).Assembly.GetName();
        Meter.CreateObservableGauge(
            "remotesigning.build.info",
            () => new Measurement<int>(1, new("program", program.Name), new("version", program.Version?.ToString(3))),
            description: "Always 1; the labels say which program this is.");
    }

    /// <summary>An answer; <paramref name="Trouble"/> is null when the check holds.</summary>
    public sealed record Answer(string Check, string? Trouble);

    /// <summary>How long a check may take.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(5);

    public Meter Meter { get; }

    /// <summary>Asks all checks at once.</summary>
    public async Task<IReadOnlyList<Answer>> AskAsync()
    {
        Answer[] answers = await Task.WhenAll(_checks.Select(AskAsync));
        string before = Failing(Interlocked.Exchange(ref _last, answers));
        string now = Failing(answers);
        if (now.Length > 0 && now != before)
        {
            LogNotReady(now);
        }
        else if (now.Length == 0 && before.Length > 0)
        {
            LogReady();
        }

        return answers;
    }

    public void Dispose() => Meter.Dispose();

    private async Task<Answer> AskAsync(HealthCheck check)
    {
        try
        {
            return new Answer(check.Name, await check.AskAsync().WaitAsync(Patience, _clock));
        }
        catch (TimeoutException)
        {
            return new Answer(check.Name, $"no answer for {Patience.TotalSeconds:0} s");
        }
#pragma warning disable CA1031 // Not swallowed: it is in the log, and the process is not ready.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, check.Name);
            return new Answer(check.Name, "it failed; the log knows why");
        }
    }

    private static string Failing(IReadOnlyList<Answer> answers) =>
        string.Join("; ", answers.Where(a => a.Trouble is not null).Select(a => $"{a.Check}: {a.Trouble}"));

    [LoggerMessage(1101, LogLevel.Error, "Not ready: {Failing}")]
    private partial void LogNotReady(string failing);

    [LoggerMessage(1102, LogLevel.Warning, "Ready again")]
    private partial void LogReady();

    [LoggerMessage(1103, LogLevel.Error, "The health check {Check} failed")]
    private partial void LogFailed(Exception exception, string check);
}
