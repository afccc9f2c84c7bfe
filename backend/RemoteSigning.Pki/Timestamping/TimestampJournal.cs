using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// Records tokens. Whoever comes while nothing is being written writes at once, in its own thread; all that come meanwhile share the next
/// commit, so that a token costs a part of a commit and not a whole one.
/// </summary>
internal sealed partial class TimestampJournal(TimestampTable table, ILogger<TimestampJournal> logger)
{
    private const int MaximumBatch = 1_000;

    /// <summary>More than the database can take in the time that anybody waits.</summary>
    private const int MaximumWaiting = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private bool _isWriting;
    private volatile bool _isRevoked;

    /// <summary>Returns when the token is recorded durably.</summary>
    /// <exception cref="TimestampRefusedException">Too many wait already, or the certificate is revoked.</exception>
    /// <exception cref="System.Data.Common.DbException">The database did not take it.</exception>
    public Task AddAsync(IssuedTimestamp timestamp, CancellationToken cancel)
    {
        var entry = new Entry(timestamp);
        lock (_gate)
        {
            if (_waiting.Count >= MaximumWaiting)
            {
                throw new TimestampRefusedException(TimestampFailure.SystemFailure, "Too many requests are waiting. Try again later.");
            }

            _waiting.Enqueue(entry);
            if (_isWriting)
            {
                return entry.Written.Task.WaitAsync(cancel);
            }

            _isWriting = true;
        }

        Write(TakeBatch());
        if (!IsDone())
        {
            // This token is recorded: those of others do not hold it up.
            ThreadPool.UnsafeQueueUserWorkItem(static journal => journal.WriteAll(), this, preferLocal: false);
        }

        return entry.Written.Task;
    }

    /// <exception cref="TimestampRefusedException">A token could not be recorded since the certificate is revoked, which is for good.</exception>
    public void RefuseRevoked()
    {
        if (_isRevoked)
        {
            throw Revoked();
        }
    }

    /// <summary>Time of the last token under a certificate; null before the first.</summary>
    public static Task<DateTimeOffset?> LatestAsync(PkiDatabase database, long certificateId, CancellationToken cancel) =>
        database.Timestamps.Where(t => t.CertificateId == certificateId).MaxAsync(t => (DateTimeOffset?)t.Time, cancel);

    private static TimestampRefusedException Revoked() =>
        new(TimestampFailure.SystemFailure, "The certificate of the authority is revoked.");

    private void WriteAll()
    {
        do
        {
            Write(TakeBatch());
        }
        while (!IsDone());
    }

    private void Write(List<Entry> batch)
    {
        try
        {
            if (table.Add(batch.ConvertAll(e => e.Timestamp)))
            {
                batch.ForEach(e => e.Written.SetResult());
                return;
            }

            LogRevoked();
            _isRevoked = true;
            batch.ForEach(e => e.Written.SetException(Revoked()));
        }
        catch (Exception e)
        {
            // Each of those who wait deals with it.
            batch.ForEach(entry => entry.Written.SetException(e));
        }
    }

    private List<Entry> TakeBatch()
    {
        lock (_gate)
        {
            var batch = new List<Entry>();
            while (batch.Count < MaximumBatch && _waiting.TryDequeue(out Entry? entry))
            {
                batch.Add(entry);
            }

            return batch;
        }
    }

    /// <summary>Nobody waits; the next that comes writes.</summary>
    private bool IsDone()
    {
        lock (_gate)
        {
            _isWriting = _waiting.Count > 0;
            return !_isWriting;
        }
    }

    [LoggerMessage(4011, LogLevel.Critical, "The certificate of the time-stamping authority is revoked. Run the command renew and start again")]
    private partial void LogRevoked();

    private sealed record Entry(IssuedTimestamp Timestamp)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
