using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// Walks through the files of a log, oldest first, and rebuilds its tree: positions without gaps, one node, each
/// head over exactly the records above it, each file going on where the one before it ended. The oldest file may
/// itself go on with one that is gone: then its first line stands for it. What may be wrong is named with the
/// record where it shows.
/// </summary>
/// <param name="log">One of <see cref="AuditLogNames"/>; null for the service log.</param>
/// <param name="scratchFolder">Where the hashes of old records go; null keeps them in memory.</param>
internal sealed class LogReader(string? log = AuditLogNames.Service, string? scratchFolder = null)
{
    private long _covered;
    private DateTimeOffset _newestTime;

    public LogTree Tree { get; private set; } = new(scratchFolder);

    /// <summary>The newest head; null before the first.</summary>
    public TreeHead? Head { get; private set; }

    public long Heads { get; private set; }

    /// <summary>Records that no head covers yet.</summary>
    public long Uncovered => Tree.Size - _covered;

    /// <summary>The time in the newest record that a head covers; null before the first head.</summary>
    public DateTimeOffset? LastTime { get; private set; }

    /// <summary>Bytes of the file that was read last, up to the end of its newest head.</summary>
    public long CoveredLength { get; private set; }

    /// <summary>
    /// Bytes of a last line without LF, behind records: what a crash in the middle of a write leaves. A file that has
    /// only begun to say what it continues is torn too, but holds nothing.
    /// </summary>
    public long TornLength { get; private set; }

    /// <summary>True when any line has no LF.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>Reads the next file.</summary>
    /// <param name="onRecord">Called for each record.</param>
    /// <param name="onHead">Called for each head whose root is right; may throw.</param>
    /// <exception cref="LogException">The log is not what was written.</exception>
    public void Read(Stream file, string? node, Action<AuditRecord> onRecord, Action<TreeHead, LogReader> onHead)
    {
        long length = 0;
        foreach ((byte[] line, bool isComplete) in LogLines.Read(file))
        {
            if (!isComplete)
            {
                IsTorn = true;
                TornLength = length > 0 || Head is null ? line.Length : TornLength;
                return;
            }

            bool isFirst = length == 0;
            if (isFirst)
            {
                CheckEnded();
                CoveredLength = 0;
            }

            length += line.Length + 1;
            if (isFirst && LogFormat.IsContinuation(line))
            {
                TreeHead head = GoOn(line, node);
                onHead(head, this);
                (Head, LastTime, CoveredLength, _covered) = (head, LastTime ?? TimeOf(head), length, Tree.Size);
            }
            else if (isFirst && Tree.Size > 0)
            {
                throw new LogException($"A file does not begin by going on after record {Tree.Size - 1}: records or a file are missing.");
            }
            else if (LogFormat.IsHead(line))
            {
                TreeHead head = CheckHead(line, node);
                onHead(head, this);
                (Head, LastTime, CoveredLength, _covered) = (head, _newestTime, length, Tree.Size);
                Heads++;
            }
            else
            {
                onRecord(CheckRecord(line, node));
                Tree.Append(MerkleTree.LeafHash(line));
            }
        }
    }

    /// <summary>Goes back to the newest head, as if nothing stood behind it.</summary>
    public void ForgetUncovered() => Tree.Truncate(_covered);

    /// <summary>The records since the last good head, in words.</summary>
    public string Suspects => Uncovered switch
    {
        0 => $"after record {Tree.Size - 1}",
        1 => $"record {_covered}",
        _ => $"one of the records {_covered} to {Tree.Size - 1}",
    };

    /// <summary>A file was closed behind a head before the next one began.</summary>
    private void CheckEnded()
    {
        if (IsTorn || Uncovered > 0)
        {
            throw new LogException($"A file goes on, but the one before it does not end with a head: {Suspects}.");
        }
    }

    private TreeHead GoOn(byte[] line, string? node)
    {
        Continuation continuation;
        LogTree before;
        try
        {
            continuation = LogFormat.ReadContinuation(line);
            before = new LogTree(continuation.Head.TreeSize, continuation.Subtrees, scratchFolder);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new LogException($"The first line of the file after record {Tree.Size - 1} cannot be read.");
        }

        if (Head is not null && before.Size != Tree.Size)
        {
            throw new LogException(
                $"Record {Math.Min(Tree.Size, before.Size)}: a file goes on after {before.Size} records, but the files before it hold {Tree.Size}; a file is missing or was changed.");
        }

        if (Head is null)
        {
            Tree = before;
        }

        byte[] root = before.Root(before.Size);
        return root.AsSpan().SequenceEqual(Tree.Root(Tree.Size)) && root.AsSpan().SequenceEqual(continuation.Head.RootHash)
            ? CheckName(continuation.Head, node)
            : throw new LogException($"The first line of the file after record {Tree.Size - 1} does not fit the records before it.");
    }

    private static DateTimeOffset TimeOf(TreeHead head)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(head.Timestamp);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new LogException($"The head of size {head.TreeSize} has no possible time.");
        }
    }

    private AuditRecord CheckRecord(byte[] line, string? node)
    {
        AuditRecord record;
        try
        {
            record = LogFormat.ReadRecord(line);
        }
        catch (JsonException)
        {
            throw new LogException($"Record {Tree.Size} is not a record: its line cannot be read.");
        }

        if (record.V != AuditRecord.CurrentVersion || record.Index != Tree.Size)
        {
            throw new LogException(
                $"Record {Tree.Size} is missing or out of its place: the line there says version {record.V}, index {record.Index}.");
        }

        if (node is not null && record.Node != node)
        {
            throw new LogException($"Record {Tree.Size} is of another node.");
        }

        if (!LogFormat.TryReadTime(record.Time, out _newestTime))
        {
            throw new LogException($"Record {Tree.Size} has no readable time.");
        }

        return record;
    }

    private TreeHead CheckHead(byte[] line, string? node)
    {
        TreeHead head;
        try
        {
            head = LogFormat.ReadHead(line);
        }
        catch (JsonException)
        {
            throw new LogException($"The head after record {Tree.Size - 1} cannot be read.");
        }

        _ = CheckName(head, node);
        if (head.TreeSize != Tree.Size)
        {
            throw new LogException(
                $"Record {Math.Min(head.TreeSize, Tree.Size)}: the head after record {Tree.Size - 1} covers {head.TreeSize} records, so records are missing or added.");
        }

        if (!head.RootHash.AsSpan().SequenceEqual(Tree.Root(Tree.Size)))
        {
            throw new LogException($"The signed head of size {head.TreeSize} does not fit: changed is {Suspects}.");
        }

        return head;
    }

    private TreeHead CheckName(TreeHead head, string? node) =>
        (node is null || head.Node == node) && head.Log == log
            ? head
            : throw new LogException($"The head after record {Tree.Size - 1} is of another node or another log.");
}
