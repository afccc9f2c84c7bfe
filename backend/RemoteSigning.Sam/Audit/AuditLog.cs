using System.Buffers;
using System.Diagnostics;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Telemetry;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// An append-only log. One thread takes whatever records wait as one group, signs the head over them,
/// writes records and head in one block and flushes once; then all their proofs leave. No timer: a group
/// closes when the flush before it ends. A group that cannot be signed or made durable is as if it never was.
/// Between two groups the thread may go on in a new file.
/// </summary>
internal sealed partial class AuditLog : IDisposable
{
    private const int LargestGroup = 512;

    private const int MostWaiting = 10_000;

    /// <summary>How long an answer waits for its record when the HSM or the disk hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly BlockingQueue<Entry> _queue = new(MostWaiting);
    private readonly string _node;
    private readonly OpenedLog _opened;
    private readonly LogTree _tree;
    private readonly Func<byte[], byte[]> _sign;
    private readonly TimeProvider _clock;
    private readonly ILogger<AuditLog> _logger;
    private readonly SamMetrics? _metrics;
    private readonly Thread _writer;
    private DurableFile _file;
    private volatile TreeHead? _head;
    private long _lastTimeTicks;
    private volatile bool _isRefusing;

    /// <param name="opened">The log as it was read at the start, going on.</param>
    /// <param name="sign">Signs with the audit key (DER).</param>
    public AuditLog(string node, OpenedLog opened, Func<byte[], byte[]> sign, TimeProvider clock, ILogger<AuditLog> logger, SamMetrics? metrics = null)
    {
        _node = node;
        _opened = opened;
        _file = opened.File ?? throw new ArgumentException("The log does not go on yet.", nameof(opened));
        _tree = opened.Reader.Tree;
        _head = opened.Reader.Head;
        _lastTimeTicks = (opened.Reader.LastTime ?? DateTimeOffset.UnixEpoch).UtcTicks;
        _sign = sign;
        _clock = clock;
        _logger = logger;
        _metrics = metrics;
        _writer = new Thread(WriteGroups) { IsBackground = true, Name = "audit log" };
        _writer.Start();
    }

    /// <summary>The newest head that is durable.</summary>
    public TreeHead? Head => _head;

    /// <summary>When the newest record became durable; after a start, the time that stands in the last one. A clock that is set back does not take it back.</summary>
    public DateTimeOffset LastTime => new(Interlocked.Read(ref _lastTimeTicks), TimeSpan.Zero);

    /// <summary>The log as metrics name it.</summary>
    public string Label => _opened.Name ?? "service";

    /// <summary>True when the newest group could not be written.</summary>
    public bool IsRefusing => _isRefusing;

    /// <summary>Bytes of the live file.</summary>
    public long FileLength => _file.Length;

    /// <summary>True when this log had that root at that size; what lies before its oldest file is not known.</summary>
    public bool Knows(long size, ReadOnlySpan<byte> root) =>
        size >= _tree.First && size <= (_head?.TreeSize ?? 0) && _tree.Root(size).AsSpan().SequenceEqual(root);

    /// <summary>The newest head that is durable, with the proof that it goes on from another one of this log.</summary>
    /// <param name="from">Null for none: there is nothing to prove then.</param>
    /// <returns>Null before the first head. The proof is empty too where none can be given.</returns>
    public HeadOffer? Offer(TreeHead? from) => _head is { } head
        ? new HeadOffer(head, from?.TreeSize is { } size && size >= Math.Max(_tree.First, 1) && size <= head.TreeSize
            ? _tree.Consistency(size, head.TreeSize)
            : [],
            from?.Name)
        : null;

    /// <summary>
    /// Appends a record, whose position and time are set here. Returns when it is durable and under a signed
    /// head. It cannot be cancelled: what happened is recorded even if nobody waits for the answer.
    /// </summary>
    /// <exception cref="ProblemException">The record is not in the log.</exception>
    public async Task<LogProof> AppendAsync(AuditRecord record)
    {
        using Activity? span = Tracing.Source.StartActivity("audit.append");
        long begun = Stopwatch.GetTimestamp();
        var entry = new Entry(record);
        Enqueue(entry);
        try
        {
            (string line, long index, TreeHead head) = await entry.Durable.Task.WaitAsync(Patience, _clock);
            _metrics?.Appended(Label, begun);
            return new LogProof(line, index, _tree.Path(index, head.TreeSize), head);
        }
        catch (TimeoutException e)
        {
            throw Unavailable(e);
        }
    }

    /// <summary>
    /// Goes on in a new file, if the live one was renamed: logrotate's HUP. All records before it stay in the old file,
    /// which ends with a head. Where that fails, everything stays as it was.
    /// </summary>
    /// <returns>True when a new file was begun.</returns>
    /// <exception cref="ProblemException">The new file could not be opened or written.</exception>
    public async Task<bool> ReopenAsync()
    {
        var entry = new Entry(null);
        Enqueue(entry);
        return await entry.Reopened.Task;
    }

    public void Dispose()
    {
        _queue.Complete();
        _writer.Join();
        _file.Dispose();
        _tree.Dispose();
    }

    private void Enqueue(Entry entry)
    {
        try
        {
            if (!_queue.TryAdd(entry))
            {
                throw Unavailable(new IOException($"{MostWaiting} records wait already."));
            }
        }
        catch (ObjectDisposedException e)
        {
            throw Unavailable(e);
        }
    }

    private static ProblemException Unavailable(Exception cause) =>
        Refusals.Create(ProblemCodes.AuditUnavailable, cause.Message, cause);

    private void WriteGroups()
    {
        List<Entry> group = [];
        while (_queue.TryTake(out Entry? first))
        {
            Entry? next = first;
            while (next?.Record is not null)
            {
                group.Add(next);
                next = group.Count < LargestGroup && _queue.TryTakeIf(static _ => true, out Entry? waiting) ? waiting : null;
            }

            if (group.Count > 0)
            {
                WriteGroup(group);
                group.Clear();
            }

            if (next is not null)
            {
                Reopen(next);
            }
        }
    }

    private void Reopen(Entry asked)
    {
        try
        {
            asked.Reopened.SetResult(BeginFile());
        }
#pragma warning disable CA1031 // Whatever went wrong, the log goes on in the old file, and whoever asked is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotReopened(e);
            asked.Reopened.SetException(Unavailable(e));
        }
    }

    /// <summary>A file that is not empty is the live one still, or not ours: then there is nothing to begin.</summary>
    private bool BeginFile()
    {
        if (_file.IsBroken)
        {
            throw new IOException("An earlier write left the file in doubt; a new one would hide it.");
        }

        IAppendFile opened = _opened.Reopen();
        if (opened.Length > 0 || _head is not { } head)
        {
            opened.Dispose();
            return false;
        }

        var next = new DurableFile(opened);
        try
        {
            next.Append([.. LogFormat.WriteContinuation(new Continuation(_tree.Subtrees(), head)), (byte)'\n']);
        }
        catch (IOException) when (!next.IsBroken)
        {
            next.Dispose();
            throw;
        }
        catch (IOException)
        {
            // The first line may stand in the new file: whatever the old one took now would not fit it.
            SwitchTo(next);
            throw;
        }

        SwitchTo(next);
        return true;
    }

    private void SwitchTo(DurableFile next)
    {
        _file.Dispose();
        _file = next;
    }

    private void WriteGroup(List<Entry> group)
    {
        using Activity? span = Tracing.Source.StartActivity(
            "audit.group", ActivityKind.Internal, group[0].Trace, links: group.Skip(1).Select(e => new ActivityLink(e.Trace)));
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
            _isRefusing = true;
            _tree.Truncate(before);
            LogLost(e, group.Count);
            group.ForEach(entry => entry.Durable.SetException(Unavailable(e)));
            return;
        }

        _head = head;
        _isRefusing = false;
        _metrics?.Grouped(Label, group.Count);
        Interlocked.Exchange(ref _lastTimeTicks, Math.Max(_lastTimeTicks, _clock.GetUtcNow().UtcTicks)); // Nobody else writes it.
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
            byte[] line = LogFormat.WriteRecord(entry.Record! with // A group holds records only.
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
        byte[] signature = _sign(TreeHead.SignedText(_node, size, timestamp, root, _opened.Name));
        var head = new TreeHead(_node, size, timestamp, root, signature) { Log = _opened.Name };
        block.Write(LogFormat.WriteHead(head));
        block.Write("\n"u8);
        _file.Append(block.WrittenSpan);
        return head;
    }

    [LoggerMessage(2001, LogLevel.Critical, "The audit log failed; {Count} answers are withheld")]
    private partial void LogLost(Exception exception, int count);

    [LoggerMessage(2002, LogLevel.Critical, "The audit log goes on in its old file, as a new one could not be begun")]
    private partial void LogNotReopened(Exception exception);

    /// <param name="record">Null asks for a new file.</param>
    private sealed class Entry(AuditRecord? record)
    {
        public AuditRecord? Record { get; } = record;

        public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

        public string Line { get; set; } = "";

        public TaskCompletionSource<(string Line, long Index, TreeHead Head)> Durable { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<bool> Reopened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
