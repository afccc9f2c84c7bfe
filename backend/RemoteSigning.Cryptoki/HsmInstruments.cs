using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace RemoteSigning.Cryptoki;

/// <summary>What a token's use looks like from outside: a span and a duration for each operation, and how the sessions stand.</summary>
internal sealed class HsmInstruments : IDisposable
{
    private readonly Histogram<double> _duration;

    /// <param name="owner">Scope of the meter.</param>
    public HsmInstruments(IHsm owner, FairGate gate, Func<long> logins)
    {
        Meter = new Meter(new MeterOptions(Hsm.TelemetryName) { Scope = owner });
        _duration = Meter.CreateHistogram<double>(
            "remotesigning.hsm.operation.duration", "s", "Time that an operation had a session of the HSM; error_type is the CK_RV of a failure.");
        Meter.CreateObservableUpDownCounter(
            "remotesigning.hsm.sessions.used", () => gate.Inside, "{session}", "Sessions with an operation under way.");
        Meter.CreateObservableUpDownCounter(
            "remotesigning.hsm.sessions.limit", () => gate.Places, "{session}", "Sessions that there may be.");
        Meter.CreateObservableUpDownCounter(
            "remotesigning.hsm.operations.waiting", () => gate.Waiting, "{operation}", "Operations that wait for a session.");
        Meter.CreateObservableCounter("remotesigning.hsm.logins", logins, "{login}", "Logins at a token, the first one included.");
    }

    public static ActivitySource Source { get; } = new(Hsm.TelemetryName);

    public Meter Meter { get; }

    /// <param name="operation">A method of <see cref="Hsm"/>.</param>
    /// <param name="mechanism">CKM_… of the signatures; null where there are none.</param>
    /// <param name="count">Of the signatures.</param>
    public static Activity? Start(string operation, string? mechanism, int count)
    {
        Activity? span = Source.StartActivity(operation, ActivityKind.Client);
        if (span is not null && mechanism is not null)
        {
            span.SetTag("hsm.mechanism", mechanism);
            span.SetTag("hsm.signatures", count);
        }

        return span;
    }

    public void End(string operation, Activity? span, long begun, Exception? failure)
    {
        var tags = new TagList { { "hsm.operation", operation } };
        if (failure is not null)
        {
            string type = failure is HsmException hsm
                ? string.Create(CultureInfo.InvariantCulture, $"0x{hsm.ReturnValue:X8}")
                : failure.GetType().Name;
            tags.Add("error.type", type);
            span?.SetTag("error.type", type);
            span?.SetStatus(ActivityStatusCode.Error);
        }

        _duration.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, tags);
    }

    public void Dispose() => Meter.Dispose();
}
