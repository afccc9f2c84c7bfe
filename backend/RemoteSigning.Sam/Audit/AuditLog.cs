using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// The append-only log. One thread takes whatever records wait as one group, signs the head over them,
/// writes records and head in one block and flushes once; then all their proofs leave. No timer: a group
/// closes when the flush before it ends. A group that cannot be signed or made durable is as if it never was.
/// </summary>
internal sealed partial class AuditLog : IDisposable
{
    private const int LargestGroup = 512;

    private readonly BlockingCollection<Entry> _queue = [];
    private readonly string _node;
    private readonly DurableFile _file;
    private readonly LogTree _tree;
    private readonly Func<byte[], byte[]> _sign;
    private readonly TimeProvider _clock;
    private readonly ILogger<AuditLog> _logger;
    private readonly Thread _writer;
    private volatile TreeHead? _head;
    private long _lastTimeTicks;

    /// <param name="opened">The log as it was read at the start.</param>
    /// <param name="sign">Signs with the audit key (DER).</param>
    public AuditLog(
        string node, DurableFile file, LogReader opened, Func<byte[], byte[]> sign, TimeProvider clock, ILogger<AuditLog> logger)
    {
        _node = node;
        _file = file;
        _tree = opened.Tree;
        _head = opened.Head;
        _lastTimeTicks = (opened.LastTime ?? DateTimeOffset.UnixEpoch).UtcTicks;
        _sign = sign;
        _clock = clock;
        _logger = logger;
        _writer = new Thread(WriteGroups) { IsBackground = true, Name = "audit log" };
        _writer.Start();
    }

    /// <summary>The newest head that is durable.</summary>
    public TreeHead? Head => _head;

    /// <summary>When the last record became durable; after a start, the time that stands in it.</summary>
    public DateTimeOffset LastTime => new(Interlocked.Read(ref _lastTimeTicks), TimeSpan.Zero);

    /// <summary>True when this log had that root at that size.</summary>
    public bool Knows(long size, ReadOnlySpan<byte> root) =>
        size >= 0 && size <= (_head?.TreeSize ?? 0) && _tree.Root(size).AsSpan().SequenceEqual(root);

    /// <summary>
    /// Appends a record, whose position and time are set here. Returns when it is durable and under a signed
    /// head. It cannot be cancelled: what happened is recorded even if nobody waits for the answer.
    /// </summary>
    /// <exception cref="ProblemException">The record is not in the log.</exception>
    public async Task<LogProof> AppendAsync(AuditRecord record)
    {
        var entry = new Entry(record);
        try
        {
            _queue.Add(entry);
        }
        catch (InvalidOperationException e)
        {
            throw Unavailable(e);
        }

        (string line, long index, TreeHead head) = await entry.Durable.Task;
        return new LogProof(line, index, _tree.Path(index, head.TreeSize), head);
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        _writer.Join();
        _queue.Dispose();
        _file.Dispose();
    }

    private static ProblemException Unavailable(Exception cause) =>
        Refusals.Create(ProblemCodes.AuditUnavailable, cause.Message, cause);

    private void WriteGroups()
    {
        List<Entry> group = [];
        foreach (Entry first in _queue.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < LargestGroup && _queue.TryTake(out Entry? next))
            {
                group.Add(next);
            }

            WriteGroup(group);
            group.Clear();
        }
    }

    private void WriteGroup(List<Entry> group)
    {
        long before = _tree.Size;
        TreeHead head;
        try
        {
            head = Commit(group);
        }
#pragma warning disable CA1031 // Whatever went wrong, these records are not in the log: each caller is told, and no answer leaves.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _tree.Truncate(before);
            LogLost(e, group.Count);
            group.ForEach(entry => entry.Durable.SetException(Unavailable(e)));
            return;
        }

        _head = head;
        Interlocked.Exchange(ref _lastTimeTicks, _clock.GetUtcNow().UtcTicks);
        for (int i = 0; i < group.Count; i++)
        {
            group[i].Durable.SetResult((group[i].Line, before + i, head));
        }
    }

    private TreeHead Commit(List<Entry> group)
    {
        var block = new ArrayBufferWriter<byte>(4096);
        foreach (Entry entry in group)
        {
            byte[] line = LogFormat.WriteRecord(entry.Record with
            {
                Index = _tree.Size,
                Time = LogFormat.WriteTime(_clock.GetUtcNow()),
            });
            entry.Line = Encoding.UTF8.GetString(line);
            _tree.Append(MerkleTree.LeafHash(line));
            block.Write(line);
            block.Write("\n"u8);
        }

        long size = _tree.Size;
        long timestamp = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        byte[] root = _tree.Root(size);
        var head = new TreeHead(_node, size, timestamp, root, _sign(TreeHead.SignedText(_node, size, timestamp, root)));
        block.Write(LogFormat.WriteHead(head));
        block.Write("\n"u8);
        _file.Append(block.WrittenSpan);
        return head;
    }

    [LoggerMessage(2001, LogLevel.Critical, "The audit log failed; {Count} answers are withheld")]
    private partial void LogLost(Exception exception, int count);

    private sealed class Entry(AuditRecord record)
    {
        public AuditRecord Record { get; } = record;

        public string Line { get; set; } = "";

        public TaskCompletionSource<(string Line, long Index, TreeHead Head)> Durable { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
