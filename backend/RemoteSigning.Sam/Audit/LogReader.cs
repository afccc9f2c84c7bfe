using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// Walks through a log from its first line and rebuilds its tree: positions without gaps, one node, each
/// head over exactly the records above it. What may be wrong is named with the record where it shows.
/// </summary>
internal sealed class LogReader
{
    private long _covered;
    private DateTimeOffset _newestTime;

    public LogTree Tree { get; } = new();

    /// <summary>The newest head; null before the first.</summary>
    public TreeHead? Head { get; private set; }

    public long Heads { get; private set; }

    /// <summary>Records that no head covers yet.</summary>
    public long Uncovered => Tree.Size - _covered;

    /// <summary>The time in the newest record that a head covers; null before the first head.</summary>
    public DateTimeOffset? LastTime { get; private set; }

    /// <summary>Bytes up to the end of the newest head.</summary>
    public long CoveredLength { get; private set; }

    /// <summary>Bytes of a last line without LF: what a crash in the middle of a write leaves.</summary>
    public long TornLength { get; private set; }

    /// <param name="onRecord">Called for each record.</param>
    /// <param name="onHead">Called for each head whose root is right; may throw.</param>
    /// <exception cref="LogException">The log is not what was written.</exception>
    public void Read(Stream log, string? node, Action<AuditRecord> onRecord, Action<TreeHead, LogReader> onHead)
    {
        long length = 0;
        foreach ((byte[] line, bool isComplete) in LogLines.Read(log))
        {
            if (!isComplete)
            {
                TornLength = line.Length;
                return;
            }

            length += line.Length + 1;
            if (LogFormat.IsHead(line))
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

        if (node is not null && head.Node != node)
        {
            throw new LogException($"The head after record {Tree.Size - 1} is of another node.");
        }

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
}
