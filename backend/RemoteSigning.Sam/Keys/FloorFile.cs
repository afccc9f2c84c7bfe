using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// The file of the floor list: append-only, one line for each change. A chain of SHA-256 values runs through all lines, and
/// each line ends with an HMAC of an HSM key over the chain up to it. So each line is authentic when it is the last, the last
/// one vouches for all before it, and a start asks the HSM once, however long the file is. docs/sam/sealed-keys.md has the format.
/// </summary>
internal sealed class FloorFile : IDisposable
{
    private const int KeyIdLength = 32;
    private const int BlockLength = 1 << 20;

    /// <summary>Stands for the <c>MAC</c> of a line that was never the last one: the one that was vouches for it.</summary>
    private static readonly byte[] Unsigned = "-"u8.ToArray();

    private readonly string _path;
    private readonly string _node;
    private readonly Func<byte[], byte[]> _mac;
    private readonly Func<string, IAppendFile> _open;
    private DurableFile _file;
    private byte[] _chain = new byte[SHA256.HashSizeInBytes];
    private byte[] _lastMac = [];
    private long _count;

    /// <summary>Reads and verifies the file; cuts a torn last line off.</summary>
    /// <param name="mac">HMAC-SHA256 with the HSM's floor key.</param>
    /// <param name="load">Called for each line in its order, before the last line has vouched for it.</param>
    /// <exception cref="StartException">The file is not what this node wrote.</exception>
    public FloorFile(string path, string node, Func<byte[], byte[]> mac, Func<string, IAppendFile> open, Action<UInt128, FloorEntry> load)
    {
        _path = path;
        _node = node;
        _mac = mac;
        _open = open;
        IAppendFile file = open(path);
        try
        {
            long good = Load(load);
            if (good < file.Length)
            {
                file.Truncate(good);
                file.Flush();
            }

            _file = new DurableFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How many lines the file has.</summary>
    public long Count => _count;

    /// <summary>
    /// Puts a file in the place of this one that says the same in fewer lines: written beside it, flushed, renamed, the folder
    /// flushed. Whenever the machine fails, the old file or the new one is there, and both verify. One HMAC, however many lines.
    /// </summary>
    /// <exception cref="IOException">Nothing has changed, unless it is said that the folder could not be flushed.</exception>
    public void Rewrite(IEnumerable<(UInt128 Key, FloorEntry Entry)> entries)
    {
        string next = _path + ".next";
        File.Delete(next); // Of a try that was cut off: it was never in force.
        (byte[] chain, byte[] mac, long count) = WriteNext(next, entries);
        _file.Dispose();
        try
        {
            File.Move(next, _path, overwrite: true);
            (_chain, _lastMac, _count) = (chain, mac, count);
            DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!); // A file always has a folder.
        }
        finally
        {
            _file = new DurableFile(_open(_path));
        }
    }

    /// <summary>Appends all entries, a line each, with one flush.
    /// <exception cref="IOException">None of the lines is in the file.</exception>
    public void Append(IReadOnlyList<(UInt128 Key, FloorEntry Entry)> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        (byte[] chain, byte[] mac, long count) before = (_chain, _lastMac, _count);
        var block = new ArrayBufferWriter<byte>(256 * entries.Count);
        try
        {
            foreach ((UInt128 key, FloorEntry entry) in entries)
            {
                byte[] text = Line(_count++, key, entry);
                _chain = Next(_chain, _lastMac, text);
                _lastMac = Mac(_chain);
                block.Write(text);
                End(block, _lastMac);
            }

            _file.Append(block.WrittenSpan);
        }
        catch
        {
            (_chain, _lastMac, _count) = before;
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private (byte[] Chain, byte[] Mac, long Count) WriteNext(string next, IEnumerable<(UInt128 Key, FloorEntry Entry)> entries)
    {
        byte[] chain = new byte[SHA256.HashSizeInBytes];
        byte[] mac = [];
        long count = 0;
        var block = new ArrayBufferWriter<byte>(BlockLength + 1024);
        using IAppendFile file = _open(next);
        foreach ((UInt128 key, FloorEntry entry) in entries)
        {
            if (count > 0)
            {
                mac = Unsigned;
                End(block, mac);
            }

            if (block.WrittenCount >= BlockLength)
            {
                file.Append(block.WrittenSpan);
                block.ResetWrittenCount();
            }

            byte[] text = Line(count++, key, entry);
            chain = Next(chain, mac, text);
            block.Write(text);
        }

        mac = Mac(chain);
        End(block, mac);
        file.Append(block.WrittenSpan);
        file.Flush();
        return (chain, mac, count);
    }

    private static void End(ArrayBufferWriter<byte> block, byte[] mac)
    {
        block.Write(mac);
        block.Write("\n"u8);
    }

    /// <summary>A line up to and with the blank before its MAC.</summary>
    private static byte[] Line(long index, UInt128 key, FloorEntry entry) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{index} {entry.ToLine(key)} "));

    /// <returns>Length of the complete lines.</returns>
    private long Load(Action<UInt128, FloorEntry> load)
    {
        long good = 0;
        using FileStream stream = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        foreach ((byte[] line, bool isComplete) in LogLines.Read(stream))
        {
            if (isComplete)
            {
                Load(line, load);
                good += line.Length + 1;
            }
        }

        return _count == 0 || CryptographicOperations.FixedTimeEquals(_lastMac, Mac(_chain)) ? good : throw NotGenuine();
    }

    private void Load(byte[] line, Action<UInt128, FloorEntry> load)
    {
        ReadOnlySpan<byte> rest = line;
        if (!Utf8Parser.TryParse(Field(ref rest), out long index, out _) || index != _count)
        {
            throw NotGenuine();
        }

        ReadOnlySpan<byte> keyId = Field(ref rest);
        ReadOnlySpan<byte> versionText = Field(ref rest);
        int version = FloorEntry.Deleted;
        if (keyId.Length != KeyIdLength
            || !UInt128.TryParse(keyId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 name)
            || !(versionText.SequenceEqual("deleted"u8) || Utf8Parser.TryParse(versionText, out version, out _))
            || !Utf8Parser.TryParse(Field(ref rest), out long notAfter, out _)
            || !FloorDigest.TryParse(Field(ref rest), out FloorDigest digest))
        {
            throw NotGenuine();
        }

        _chain = Next(_chain, _lastMac, line.AsSpan(0, line.Length - rest.Length));
        _lastMac = rest.ToArray();
        _count++;
        load(name, new FloorEntry(version, notAfter, digest));
    }

    /// <summary>Takes the field up to the next blank, and the blank, off the front.</summary>
    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> rest)
    {
        int blank = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = blank < 0 ? default : rest[..blank];
        rest = rest[(blank + 1)..];
        return field;
    }

    /// <param name="text">A line up to and with the blank before its MAC.</param>
    private static byte[] Next(byte[] chain, byte[] mac, ReadOnlySpan<byte> text) => SHA256.HashData([.. chain, .. mac, .. text]);

    /// <summary>Lower-case hex in ASCII.</summary>
    private byte[] Mac(byte[] chain) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(
        _mac(Encoding.UTF8.GetBytes($"RemoteSigning floor list v2\n{_node}\n{Convert.ToHexStringLower(chain)}\n"))));

    private StartException NotGenuine() => new(
        $"The floor list {_path} does not verify, {_count} entries from its start: it was changed, or is of another node or token. "
        + "Restore the file that belongs to this node; without it, older objects of keys could be used again.");
}
