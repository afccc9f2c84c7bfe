using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Remembers for each key the lowest version that is valid, so that an older object of it is worth nothing.
/// The file is append-only; each line carries an HMAC of an HSM key over itself and the HMAC before it, and is
/// durable before anybody is told that the change is done. docs/sam.md has the format.
/// </summary>
internal sealed class FloorList : IDisposable
{
    private const int MacHexLength = 64;

    private readonly Dictionary<string, FloorEntry> _entries = [];
    private readonly Lock _lock = new();
    private readonly string _node;
    private readonly Func<byte[], byte[]> _mac;
    private DurableFile? _file;
    private long _count;
    private string _lastMac = new('0', MacHexLength);

    /// <param name="mac">HMAC-SHA256 with the HSM's floor key.</param>
    private FloorList(string node, Func<byte[], byte[]> mac)
    {
        _node = node;
        _mac = mac;
    }

    /// <summary>Reads and verifies the file; cuts a torn last line off.</summary>
    /// <exception cref="StartException">The file is not what this node wrote.</exception>
    public static FloorList Open(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open)
    {
        var list = new FloorList(node, mac);
        IAppendFile file = open(path);
        try
        {
            long good = 0;
            using (FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            {
                foreach ((byte[] line, bool isComplete) in LogLines.Read(stream))
                {
                    if (isComplete)
                    {
                        list.Load(path, Encoding.UTF8.GetString(line));
                        good += line.Length + 1;
                    }
                }
            }

            if (good < file.Length)
            {
                file.Truncate(good);
                file.Flush();
            }

            list._file = new DurableFile(file);
            return list;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The entry of a key; null for one that was never assigned.</summary>
    public FloorEntry? Find(string keyId)
    {
        lock (_lock)
        {
            return _entries.GetValueOrDefault(keyId);
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
        lock (_lock)
        {
            if (_entries.GetValueOrDefault(next.KeyId) is { IsDeleted: false } present)
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
        string digest = Convert.ToHexStringLower(SHA256.HashData(SealedKeyEncoding.Encode(next)));
        var entry = new FloorEntry(next.Version, next.Certificate?.NotAfter ?? 0, digest);
        lock (_lock)
        {
            FloorEntry? present = _entries.GetValueOrDefault(next.KeyId);
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
        lock (_lock)
        {
            FloorEntry? present = _entries.GetValueOrDefault(key.KeyId);
            CheckPresent(key.KeyId, present);
            Write(key.KeyId, new FloorEntry(FloorEntry.Deleted, present?.NotAfter ?? key.Certificate?.NotAfter ?? 0, "-"));
        }
    }

    public void Dispose() => _file?.Dispose();

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

        if (floor is not null && version < floor.Version)
        {
            throw Refusals.Create(ProblemCodes.KeyOutdated, $"version {version} of key {keyId} is below {floor.Version}");
        }
    }

    private void Write(string keyId, FloorEntry entry)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{_count} {keyId} {(entry.IsDeleted ? "deleted" : entry.Version)} {entry.NotAfter} {entry.Digest}");
        string mac = Mac(text);
        try
        {
            (_file ?? throw new IOException("The floor list is closed.")).Append(Encoding.UTF8.GetBytes($"{text} {mac}\n"));
        }
        catch (IOException e)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the floor list cannot be written: {e.Message}", e);
        }

        Remember(keyId, entry, mac);
    }

    private void Load(string path, string line)
    {
        string[] parts = line.Split(' ');
        string text = string.Join(' ', parts[..^1]);
        if (parts.Length != 6 || parts[0] != _count.ToString(CultureInfo.InvariantCulture) || Mac(text) != parts[5])
        {
            throw new StartException(
                $"The floor list {path} does not verify from entry {_count} on: it was changed, or is of another node or token. "
                + "Restore the file that belongs to this node; without it, older objects of keys could be used again.");
        }

        int version = parts[2] == "deleted" ? FloorEntry.Deleted : int.Parse(parts[2], CultureInfo.InvariantCulture);
        Remember(parts[1], new FloorEntry(version, long.Parse(parts[3], CultureInfo.InvariantCulture), parts[4]), parts[5]);
    }

    private void Remember(string keyId, FloorEntry entry, string mac)
    {
        _entries[keyId] = entry;
        _lastMac = mac;
        _count++;
    }

    private string Mac(string text) => Convert.ToHexStringLower(
        _mac(Encoding.UTF8.GetBytes($"RemoteSigning floor list v1\n{_node}\n{_lastMac}\n{text}\n")));
}
