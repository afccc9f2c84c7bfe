using System.Collections.Concurrent;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Ocsp;

/// <summary>
/// Keeps signed answers to requests without a nonce for a moment, so that a popular certificate costs no HSM
/// operation each time. A revocation empties it, and no answer that was begun before enters it afterwards.
/// </summary>
internal sealed class OcspCache(TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private const int MaximumEntries = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private long _generation;

    /// <summary>To be taken before the records are read for an answer.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    public byte[]? Find(string request) =>
        _entries.TryGetValue(request, out Entry? entry) && entry.Generation == Generation && clock.GetUtcNow() < entry.Until
            ? entry.Answer
            : null;

    public void Add(string request, byte[] answer, long generation)
    {
        // A crude bound is enough: the entries live for seconds.
        if (_entries.Count >= MaximumEntries)
        {
            _entries.Clear();
        }

        _entries[request] = new Entry(answer, generation, clock.GetUtcNow() + Lifetime);
    }

    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        _entries.Clear();
    }

    private sealed record Entry(byte[] Answer, long Generation, DateTimeOffset Until);
}
