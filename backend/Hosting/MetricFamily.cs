using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace RemoteSigning.Hosting;

/// <summary>One instrument with all its label sets, of which there are never more than <see cref="MostSeries"/>.</summary>
internal sealed class MetricFamily
{
    public const int MostSeries = 500;

    private const int LongestLabels = 512;

    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Series>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Series _overflow;
    private readonly double[]? _bounds;
    private readonly bool _isAdded;
    private readonly string _help;

    public MetricFamily(Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        bool isCounter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        _bounds = kind == typeof(Histogram<>) ? Bounds(instrument) : null;
        _isAdded = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        IsObserved = instrument.IsObservable;
        Name = MetricLabels.Name(instrument.Name, instrument.Unit, isCounter, isGauge: !isCounter && _bounds is null);
        Type = isCounter ? "counter" : _bounds is null ? "gauge" : "histogram";
        _help = MetricLabels.Help(instrument.Description);
        _lookup = _series.GetAlternateLookup<ReadOnlySpan<char>>();
        _overflow = new Series(_bounds);
    }

    public string Name { get; }

    /// <summary>Prometheus' type.</summary>
    public string Type { get; }

    /// <summary>True when it is asked at each collection and remembers nothing from one to the next.</summary>
    public bool IsObserved { get; }

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Series series = Find(tags);
        if (_bounds is not null)
        {
            series.Observe(value);
        }
        else if (_isAdded || series == _overflow)
        {
            series.Add(value);
        }
        else
        {
            series.Set(value);
        }
    }

    public void Clear() => _series.Clear();

    public void WriteHead(StringBuilder text) => text
        .Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n')
        .Append("# TYPE ").Append(Name).Append(' ').Append(Type).Append('\n');

    public void WriteSeries(StringBuilder text)
    {
        foreach ((string labels, Series series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            series.Write(text, Name, labels);
        }

        if (!_overflow.IsEmpty)
        {
            _overflow.Write(text, Name, MetricLabels.Overflow);
        }
    }

    private static double[] Bounds(Instrument instrument) =>
        instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } advised } ? [.. advised]
        : instrument.Unit == "s" ? Seconds
        : Counts;

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Span<char> room = stackalloc char[LongestLabels];
        if (!MetricLabels.TryWrite(tags, room, out int length))
        {
            return _overflow;
        }

        ReadOnlySpan<char> labels = room[..length];
        if (_lookup.TryGetValue(labels, out Series? known))
        {
            return known;
        }

        // Two threads may pass this at once: one series too many is no harm.
        return _series.Count < MostSeries ? _series.GetOrAdd(labels.ToString(), _ => new Series(_bounds)) : _overflow;
    }

    private sealed class Series(double[]? bounds)
    {
        private readonly Lock _lock = new();
        private readonly long[] _buckets = new long[(bounds?.Length ?? 0) + 1];
        private double _value;
        private long _count;

        public bool IsEmpty => _count == 0;

        public void Add(double value)
        {
            lock (_lock)
            {
                _value += value;
                _count++;
            }
        }

        public void Set(double value)
        {
            lock (_lock)
            {
                _value = value;
                _count++;
            }
        }

        public void Observe(double value)
        {
            int bucket = 0;
            while (bucket < bounds!.Length && value > bounds[bucket]) // A series of a histogram has bounds.
            {
                bucket++;
            }

            lock (_lock)
            {
                _buckets[bucket]++;
                _value += value;
                _count++;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (_lock)
            {
                if (bounds is null)
                {
                    Line(text, name, "", labels, MetricLabels.Number(_value));
                    return;
                }

                long count = 0;
                for (int i = 0; i < _buckets.Length; i++)
                {
                    count += _buckets[i];
                    string bound = MetricLabels.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity);
                    Line(text, name, "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", Number(count));
                }

                Line(text, name, "_sum", labels, MetricLabels.Number(_value));
                Line(text, name, "_count", labels, Number(count));
            }
        }

        private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

        private static void Line(StringBuilder text, string name, string suffix, string labels, string value)
        {
            text.Append(name).Append(suffix);
            if (labels.Length > 0)
            {
                text.Append('{').Append(labels).Append('}');
            }

            text.Append(' ').Append(value).Append('\n');
        }
    }
}
