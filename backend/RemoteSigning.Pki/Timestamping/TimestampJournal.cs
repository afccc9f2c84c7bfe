using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// Records tokens. All that come while one commit is under way share the next, so that a token costs a part of a
/// commit and not a whole one.
/// </summary>
internal sealed class TimestampJournal(IDbContextFactory<PkiDatabase> databases)
{
    private const int MaximumBatch = 1_000;

    /// <summary>More than the database can take in the time that anybody waits.</summary>
    private const int MaximumWaiting = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _waiting = new();
    private bool _isWriting;

    /// <summary>Returns when the token is recorded durably.</summary>
    /// <exception cref="TimestampRefusedException">Too many wait already.</exception>
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
            if (!_isWriting)
            {
                _isWriting = true;
                _ = Task.Run(WriteAsync, CancellationToken.None);
            }
        }

        return entry.Written.Task.WaitAsync(cancel);
    }

    /// <summary>Time of the last token under a certificate; null before the first.</summary>
    public static Task<DateTimeOffset?> LatestAsync(PkiDatabase database, long certificateId, CancellationToken cancel) =>
        database.Timestamps.Where(t => t.CertificateId == certificateId).MaxAsync(t => (DateTimeOffset?)t.Time, cancel);

    private async Task WriteAsync()
    {
        while (TakeBatch() is { Count: > 0 } batch)
        {
            try
            {
                await InsertAsync([.. batch.Select(e => e.Timestamp)]);
                batch.ForEach(e => e.Written.SetResult());
            }
            catch (Exception e)
            {
                // Each of those who wait deals with it.
                batch.ForEach(entry => entry.Written.SetException(e));
            }
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

            _isWriting = batch.Count > 0;
            return batch;
        }
    }

    private async Task InsertAsync(IssuedTimestamp[] batch)
    {
        await using PkiDatabase database = await databases.CreateDbContextAsync();
        long[] certificates = [.. batch.Select(t => t.CertificateId)];
        byte[][] serialNumbers = [.. batch.Select(t => t.SerialNumber)];
        DateTimeOffset[] times = [.. batch.Select(t => t.Time)];
        string[] policies = [.. batch.Select(t => t.Policy)];
        string[] algorithms = [.. batch.Select(t => t.HashAlgorithm)];
        byte[][] imprints = [.. batch.Select(t => t.Imprint)];
        await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO pki.timestamps (certificate_id, serial_number, time, policy, hash_algorithm, imprint)
            SELECT * FROM unnest({certificates}, {serialNumbers}, {times}, {policies}, {algorithms}, {imprints})
            """);
    }

    private sealed record Entry(IssuedTimestamp Timestamp)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
