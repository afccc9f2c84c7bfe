using System.Globalization;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Remembers for each key the lowest version that is valid, so that an older object of it is worth nothing.
/// A change is durable in its file before anybody is told that it is done. This is the list of one node; on how many nodes a
/// change has to be is the business of <see cref="Cluster.KeyFloors"/>.
/// </summary>
internal sealed class FloorList : IDisposable
{
    /// <summary>Fewer superseded lines than these are not worth another file.</summary>
    private const int LeastSuperseded = 1000;

    private readonly Dictionary<UInt128, FloorEntry> _entries = [];

    /// <summary>The keys as their entries were appended: what a position means.</summary>
    private readonly List<UInt128> _order = [];
    private readonly string _id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly Lock _lock = new();

    /// <summary>Held while a change is made durable; whoever only looks does not wait for that.</summary>
    private readonly Lock _changing = new();

    private readonly FloorFile _file;
    private FloorDigest _digest;

    private FloorList(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open) =>
        _file = new FloorFile(path, node, mac, open, Remember);

    public FloorSummary Summary
    {
        get
        {
            lock (_lock)
            {
                return new FloorSummary(_id, _order.Count, _entries.Count, _digest.ToString());
            }
        }
    }

    /// <param name="mac">HMAC-SHA256 with the HSM's floor key.</param>
    /// <exception cref="StartException">The file is not what this node wrote.</exception>
    public static FloorList Open(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open) =>
        new(path, node, mac, open);

    /// <summary>
    /// Leaves one line for each key where most lines were superseded; no key is forgotten, as its older objects would be good
    /// again. For a list that is just opened and was compared with the logs: nobody reads on from a position in it yet.
    /// </summary>
    /// <returns>What was done, for the record of the start; empty when nothing was.</returns>
    /// <exception cref="IOException">The list may be in either state, both good, but nothing can be appended to it.</exception>
    public string Compact()
    {
        lock (_changing)
        {
            long superseded = _file.Count - _entries.Count;
            if (superseded < LeastSuperseded || superseded <= _entries.Count)
            {
                return "";
            }

            UInt128[] keys = [.. _order.Distinct()];
            _file.Rewrite(keys.Select(k => (k, _entries[k])));
            _order.Clear();
            _order.AddRange(keys);
            return string.Create(CultureInfo.InvariantCulture, $"{superseded} superseded lines of the floor list removed, {keys.Length} keys left");
        }
    }

    /// <summary>A key id is 16 bytes in hex.
    public static UInt128 Name(string keyId) => UInt128.Parse(keyId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The entry of a key; null for one that was never assigned.</summary>
    public FloorEntry? Find(string keyId) => Find(Name(keyId));

    public FloorEntry? Find(UInt128 key)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(key, out FloorEntry entry) ? entry : null;
        }
    }

    /// <exception cref="ProblemException">
    /// A newer version exists, this is not the object of its version, the key is deleted, or its entry is missing: every
    /// version but the first has had one.
    /// </exception>
    public void Check(SealedKey key)
    {
        string? flaw = Find(key.KeyId) switch
        {
            null when key.Version > 1 => "is of a list that was lost",
            { IsDeleted: true } => throw Deleted(key.KeyId),
            { } floor when key.Version < floor.Version => $"is below {floor.Version}",
            { } floor when key.Version == floor.Version && EntryOf(key).Digest != floor.Digest => "is not the object of that version",
            _ => null,
        };
        if (flaw is not null)
        {
            throw Refusals.Create(ProblemCodes.KeyOutdated, $"version {key.Version} of key {key.KeyId} {flaw}");
        }
    }

    /// <summary>
    /// The entry that makes the first assigned version the lowest valid one. A key is assigned once; only the very same
    /// assignment can be repeated, as the answer to the first may have been lost.
    /// </summary>
    /// <exception cref="ProblemException">The key is assigned otherwise, or deleted.</exception>
    public FloorEntry Assignment(SealedKey next)
    {
        FloorEntry entry = EntryOf(next);
        CheckStep(Name(next.KeyId), entry, Find(next.KeyId));
        return entry;
    }

    /// <summary>
    /// The entry that makes <paramref name="next"/> the lowest valid version, if <paramref name="key"/> is valid until now.
    /// Doing exactly the same again succeeds: the answer to the first request may have been lost.
    /// </summary>
    /// <exception cref="ProblemException">A newer version exists.</exception>
    public FloorEntry Change(SealedKey key, SealedKey next)
    {
        FloorEntry entry = EntryOf(next);
        if (Find(next.KeyId) != entry)
        {
            Check(key);
        }

        return entry;
    }

    /// <summary>
    /// The entry after which no version is valid any more. Any version of an owned key may end it: whoever lost an answer
    /// has no newer one, and could else never be rid of the key.
    /// </summary>
    public FloorEntry Deletion(SealedKey key) =>
        new(FloorEntry.Deleted, Find(key.KeyId)?.NotAfter ?? key.Certificate?.NotAfter ?? 0, default);

    /// <summary>Makes an entry durable here, or finds that it is.</summary>
    /// <exception cref="ProblemException">A newer entry is here, or another of the same version, or the list cannot be written.</exception>
    public void Store(UInt128 key, FloorEntry entry)
    {
        lock (_changing)
        {
            FloorEntry? present = Find(key);
            CheckStep(key, entry, present);
            FloorEntry joined = present is { } known ? FloorEntry.Join(known, entry) : entry;
            if (joined != present)
            {
                Write([(key, joined)]);
            }
        }
    }

    /// <summary>Takes over what another node's list says. Nothing is refused: for each key the join holds.</summary>
    /// <exception cref="ProblemException">The list cannot be written.</exception>
    public void Join(IReadOnlyList<(UInt128 Key, FloorEntry Entry)> entries)
    {
        lock (_changing)
        {
            Dictionary<UInt128, FloorEntry> news = [];
            foreach ((UInt128 key, FloorEntry entry) in entries)
            {
                FloorEntry? present = news.TryGetValue(key, out FloorEntry newer) ? newer : Find(key);
                FloorEntry joined = present is { } known ? FloorEntry.Join(known, entry) : entry;
                if (joined != present)
                {
                    news[key] = joined;
                }
            }

            Write([.. news.Select(n => (n.Key, n.Value))]);
        }
    }

    /// <summary>What stands from a position on, each key as it is in force now, and the position behind it.</summary>
    /// <exception cref="ProblemException">The position is of another list.</exception>
    public (IReadOnlyList<string> Lines, long Next) Read(string id, long position, int most)
    {
        lock (_lock)
        {
            if (id != _id || position < 0 || position > _order.Count)
            {
                throw Refusals.Create(ProblemCodes.Conflict, $"the floor list has no position {position} in {id}");
            }

            List<UInt128> keys = _order.GetRange((int)position, (int)Math.Min(most, _order.Count - position));
            return ([.. keys.Select(k => _entries[k].ToLine(k))], position + keys.Count);
        }
    }

    public void Dispose() => _file.Dispose();

    private static FloorEntry EntryOf(SealedKey key) => new(
        key.Version, key.Certificate?.NotAfter ?? 0, FloorDigest.Of(SHA256.HashData(SealedKeyEncoding.Encode(key))));

    private static ProblemException Deleted(string keyId) => Refusals.Create(ProblemCodes.KeyDeleted, $"key {keyId} is deleted");

    private static void CheckStep(UInt128 key, FloorEntry entry, FloorEntry? present)
    {
        if (present is not { } known || known.Version < entry.Version || (known.Version == entry.Version && known.Digest == entry.Digest))
        {
            return;
        }

        if (known.IsDeleted)
        {
            throw Deleted($"{key:x32}");
        }

        throw Refusals.Create(
            entry.Version == SealedKey.FirstAssigned ? ProblemCodes.KeyAssigned : ProblemCodes.KeyOutdated,
            $"key {key:x32} has version {known.Version} already, and not this object of it");
    }

    private void Write(IReadOnlyList<(UInt128 Key, FloorEntry Entry)> entries)
    {
        try
        {
            _file.Append(entries);
        }
        catch (IOException e)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the floor list cannot be written: {e.Message}", e);
        }

        lock (_lock)
        {
            foreach ((UInt128 key, FloorEntry entry) in entries)
            {
                Remember(key, entry);
            }
        }
    }

    private void Remember(UInt128 key, FloorEntry entry)
    {
        if (_entries.TryGetValue(key, out FloorEntry present))
        {
            _digest ^= present.HashWith(key);
        }

        _digest ^= entry.HashWith(key);
        _entries[key] = entry;
        _order.Add(key);
    }
}
