using System.Diagnostics.Metrics;
using System.Text;

namespace RemoteSigning.Hosting;

/// <summary>
/// The instruments of this process (System.Diagnostics.Metrics) as a page in Prometheus' text format, version 0.0.4. It stands
/// where OpenTelemetry's exporter for ASP.NET Core would; instruments and names are those that it would show.
/// </summary>
internal sealed class MetricsPage : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly HashSet<MetricFamily> _families = [];
    private readonly MeterListener _listener = new();

    /// <param name="shows">Which instruments are on the page.</param>
    public MetricsPage(Func<Instrument, bool> shows)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (shows(instrument))
            {
                var family = new MetricFamily(instrument);
                Change(() => _families.Add(family));
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.MeasurementsCompleted = (_, state) => Change(() => _families.Remove((MetricFamily)state!)); // Set above.
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Measure(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Measure(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Measure(value, tags, state));
        _listener.Start();
    }

    /// <summary>What .NET itself tells that is worth a line; its other instruments are many.</summary>
    /// <remarks>Prometheus keeps names in <c>_count</c> for histograms; besides, the runtime declares gauges of the thread pool as counters.</remarks>
    public static bool IsOfTheRuntime(Instrument instrument) => (instrument.Meter.Name, instrument.Name) switch
    {
        ("System.Runtime", "dotnet.thread_pool.queue.length") => false,
        ("System.Runtime", { } name) =>
            !name.StartsWith("dotnet.jit.", StringComparison.Ordinal) && !name.EndsWith(".count", StringComparison.Ordinal),
        ("System.Net.Http", "http.client.request.duration") => true,
        ("Npgsql", "db.client.connection.max" or "db.client.operation.duration") => true,
        _ => false,
    };

    /// <summary>What ASP.NET Core tells of one application, known by its meter factory.</summary>
    public static bool IsOfTheListener(Instrument instrument, IMeterFactory factory) =>
        ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name is
            "http.server.request.duration" or "http.server.active_requests" or "kestrel.active_connections"
            or "kestrel.rejected_connections" or "kestrel.tls_handshake.duration";

    public string Render()
    {
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (MetricFamily family in _families.Where(f => f.IsObserved))
            {
                family.Clear();
            }

            _listener.RecordObservableInstruments();
            foreach (IGrouping<string, MetricFamily> name in _families.GroupBy(f => f.Name).OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                name.First().WriteHead(text);
                foreach (MetricFamily family in name)
                {
                    family.WriteSeries(text);
                }
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) =>
        ((MetricFamily)family!).Measure(value, tags); // Set when the instrument was enabled.

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
        }
    }
}
