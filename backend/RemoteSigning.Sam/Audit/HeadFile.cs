namespace RemoteSigning.Sam.Audit;

/// <summary>
/// A file of heads, one on each line, that stays short: of each log and witness the newest ones, and the last one of each day
/// before. A history that was rewritten shows against any head that it should hold, so the day on which it parts is still told;
/// and the newest one, which a proof of consistency starts from, is always there.
/// </summary>
internal sealed class HeadFile : IDisposable
{
    /// <summary>Of each log and witness: some minutes to hours of a busy node.</summary>
    public const int Newest = 1000;

    private const int LeastLines = 10_000;

    private readonly string _path;
    private readonly Func<string, IAppendFile> _open;
    private readonly Func<byte[], (string Of, long Timestamp)?> _read;
    private DurableFile _file;
    private long _lines;
    private long _limit;

    /// <param name="read">Whose head a line is, and when it was made (Unix milliseconds); null for a line that it cannot read, which stays.</param>
    /// <param name="onLine">Called for each complete line, without its LF.</param>
    public HeadFile(string path, Func<string, IAppendFile> open, Func<byte[], (string Of, long Timestamp)?> read, Action<byte[]>? onLine = null)
    {
        (_path, _open, _read) = (path, open, read);
        _file = LineFile.Open(path, open, line =>
        {
            _lines++;
            onLine?.Invoke(line);
        });
        _limit = LeastLines;
    }

    /// <exception cref="IOException">The line is not in the file.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (_lines >= _limit)
        {
            Compact();
        }

        _file.Append([.. line, (byte)'\n']);
        _lines++;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The new file is written beside the old one, flushed and renamed: one of the two is there, whenever the machine fails.</summary>
    private void Compact()
    {
        string next = _path + ".next";
        File.Delete(next); // Of a try that was cut off.
        List<byte[]> kept = Keep([.. Lines()]);
        using (IAppendFile written = _open(next))
        {
            written.Append([.. kept.SelectMany(l => l.Append((byte)'\n'))]);
            written.Flush();
        }

        _file.Dispose();
        try
        {
            File.Move(next, _path, overwrite: true);
            _lines = kept.Count;
            _limit = Math.Max(LeastLines, 2 * _lines);
        }
        finally
        {
            _file = new DurableFile(_open(_path)); // Opening flushes the folder.
        }
    }

    private IEnumerable<byte[]> Lines()
    {
        using Stream stream = LogFiles.Read(_path);
        foreach ((byte[] line, bool isComplete) in LogLines.Read(stream))
        {
            if (isComplete)
            {
                yield return line;
            }
        }
    }

    /// <summary>In the order in which they stood.</summary>
    private List<byte[]> Keep(byte[][] lines)
    {
        Dictionary<string, int> newer = [];
        HashSet<(string, long)> days = [];
        List<byte[]> kept = [];
        for (int i = lines.Length - 1; i >= 0; i--)
        {
            if (_read(lines[i]) is not { } head)
            {
                kept.Add(lines[i]);
                continue;
            }

            int number = newer[head.Of] = newer.GetValueOrDefault(head.Of) + 1;
            bool isLastOfDay = days.Add((head.Of, head.Timestamp / (long)TimeSpan.FromDays(1).TotalMilliseconds));
            if (number <= Newest || isLastOfDay)
            {
                kept.Add(lines[i]);
            }
        }

        kept.Reverse();
        return kept;
    }
}
