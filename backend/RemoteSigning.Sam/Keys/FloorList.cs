using System.Globalization;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Remembers for each key the lowest version that is valid, so that an older object of it is worth nothing.
/// A change is durable in its file before anybody is told that it is done.
/// </summary>
internal sealed class FloorList : IDisposable
{
    private readonly Dictionary<UInt128, FloorEntry> _entries = [];
    private readonly Lock _lock = new();

    /// <summary>Held while a change is made durable; whoever only looks does not wait for that.</summary>
    private readonly Lock _changing = new();

    private readonly FloorFile _file;

    private FloorList(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open) =>
        _file = new FloorFile(path, node, mac, open, (name, entry) => _entries[name] = entry);

    /// <param name="mac">HMAC-SHA256 with the HSM's floor key.</param>
    /// <exception cref="StartException">The file is not what this node wrote.</exception>
    public static FloorList Open(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open) =>
        new(path, node, mac, open);

    /// <summary>The entry of a key; null for one that was never assigned.</summary>
    public FloorEntry? Find(string keyId)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(Name(keyId), out FloorEntry entry) ? entry : null;
        }
    }

    /// <exception cref="ProblemException">
    /// A newer version exists, the key is deleted, or its entry is missing: every version but the first has had one.
    /// </exception>
    public void Check(SealedKey key) => Check(key.KeyId, key.Version, Find(key.KeyId));

    /// <summary>Makes the first assigned version the lowest valid one. A key is assigned once, whoever asks again.</summary>
    /// <exception cref="ProblemException">The key is assigned or deleted already, or the list cannot be written.</exception>
    public void Assign(SealedKey next)
    {
        lock (_changing)
        {
            if (Find(next.KeyId) is { IsDeleted: false } present)
            {
                throw Refusals.Create(ProblemCodes.KeyAssigned, $"key {next.KeyId} has version {present.Version}");
            }

            Raise(next);
        }
    }

    /// <summary>
    /// Makes <paramref name="next"/> the lowest valid version, if the version before it is valid until now.
    /// Doing exactly the same again succeeds: the answer to the first request may have been lost.
    /// </summary>
    /// <exception cref="ProblemException">A newer version exists, or the list cannot be written.</exception>
    public void Raise(SealedKey next)
    {
        FloorDigest digest = FloorDigest.Of(SHA256.HashData(SealedKeyEncoding.Encode(next)));
        var entry = new FloorEntry(next.Version, next.Certificate?.NotAfter ?? 0, digest);
        lock (_changing)
        {
            FloorEntry? present = Find(next.KeyId);
            if (present != entry)
            {
                Check(next.KeyId, next.Version - 1, present);
                Write(next.KeyId, entry);
            }
        }
    }

    /// <summary>
    /// No version is valid any more. Any version of an owned key may end it: whoever lost an answer has no newer one,
    /// and could else never be rid of the key.
    /// </summary>
    /// <exception cref="ProblemException">The key is deleted already, or the list cannot be written.</exception>
    public void Delete(SealedKey key)
    {
        lock (_changing)
        {
            FloorEntry? present = Find(key.KeyId);
            CheckPresent(key.KeyId, present);
            Write(key.KeyId, new FloorEntry(FloorEntry.Deleted, present?.NotAfter ?? key.Certificate?.NotAfter ?? 0, default));
        }
    }

    public void Dispose() => _file.Dispose();

    private static void CheckPresent(string keyId, FloorEntry? floor)
    {
        if (floor is { IsDeleted: true })
        {
            throw Refusals.Create(ProblemCodes.KeyDeleted, $"key {keyId} is deleted");
        }
    }

    private static void Check(string keyId, int version, FloorEntry? floor)
    {
        CheckPresent(keyId, floor);
        if (floor is null && version > 1)
        {
            throw Refusals.Create(ProblemCodes.KeyOutdated, $"version {version} of key {keyId} is of a list that was lost");
        }

        if (version < floor?.Version)
        {
            throw Refusals.Create(ProblemCodes.KeyOutdated, $"version {version} of key {keyId} is below {floor?.Version}");
        }
    }

    /// <summary>A key id is 16 bytes in hex.</summary>
    private static UInt128 Name(string keyId) => UInt128.Parse(keyId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private void Write(string keyId, FloorEntry entry)
    {
        try
        {
            _file.Append(keyId, entry);
        }
        catch (IOException e)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the floor list cannot be written: {e.Message}", e);
        }

        lock (_lock)
        {
            _entries[Name(keyId)] = entry;
        }
    }
}
