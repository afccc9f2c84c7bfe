using System.Diagnostics.Metrics;

namespace RemoteSigning.Server.Telemetry;

/// <summary>
/// Counts for the values of one label that are known beforehand. All are told from the start, as 0: Prometheus sees no rise in a series that
/// begins with 1, so that the first incident of a process would wake nobody.
/// </summary>
internal sealed class FixedCounts(string label, IReadOnlyList<string> values)
{
    private readonly long[] _counts = new long[values.Count];

    /// <exception cref="ArgumentException">The label has no such value.</exception>
    public void Add(string value)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] == value)
            {
                Interlocked.Increment(ref _counts[i]);
                return;
            }
        }

        throw new ArgumentException($"{label} has no value {value}.", nameof(value));
    }

    public IEnumerable<Measurement<long>> Measure() =>
        values.Select((v, i) => new Measurement<long>(Interlocked.Read(ref _counts[i]), new KeyValuePair<string, object?>(label, v)));
}
