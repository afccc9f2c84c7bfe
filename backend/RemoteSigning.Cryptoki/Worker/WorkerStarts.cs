using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// Counts HSM workers that took over, by the reason. All reasons are told from the start, as 0: Prometheus sees no rise in a series that begins with
/// 1, so that the first crash would wake nobody.
/// </summary>
internal sealed class WorkerStarts
{
    private readonly ConcurrentDictionary<string, long> _counts = new(
        ((string[])["start", "memory", "operations", "age", "crash", "deadline", "protocol"]).Select(r => KeyValuePair.Create(r, 0L)));

    public void Add(string reason) => _counts.AddOrUpdate(reason, 1, (_, count) => count + 1);

    public IEnumerable<Measurement<long>> Measure() =>
        _counts.Select(c => new Measurement<long>(c.Value, new KeyValuePair<string, object?>("reason", c.Key)));
}
