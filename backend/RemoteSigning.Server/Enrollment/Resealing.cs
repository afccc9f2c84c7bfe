using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Enrollment;

/// <summary>
/// Moves the keys of ready credentials under the SAM's newest key-encryption key, one at a time. All that is known stands in the
/// database: a process that ends in the middle, or another one, goes on. A key whose answer was lost is simply asked for again,
/// and the SAM gives the same version again.
/// </summary>
internal sealed partial class Resealing(
    IDbContextFactory<ServerDatabase> databases,
    SamNodes sams,
    ReceiptStore receipts,
    ServerMetrics metrics,
    TimeProvider clock,
    ILogger<Resealing> logger)
{
    private const int MostPerMinute = 6000;
    private const int MostFailuresTold = 100;

    /// <summary>How long to wait for a SAM that cannot be asked.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Goes on with the run that is not finished, else begins one.</summary>
    /// <exception cref="ProblemException">The pace is none.</exception>
    public async Task<ResealProgress> StartAsync(ResealRequest request, CancellationToken cancel)
    {
        if (request.PerMinute is < 1 or > MostPerMinute)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, $"per_minute is 1 to {MostPerMinute}.");
        }

        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ResealRunRow? run = await NewestAsync(database, cancel);
        if (run is null or { FinishedAt: not null })
        {
            run = new ResealRunRow { PerMinute = request.PerMinute, StartedAt = clock.GetUtcNow() };
            database.ResealRuns.Add(run);
        }

        run.PerMinute = request.PerMinute;
        run.PausedAt = null;
        await database.SaveChangesAsync(cancel);
        LogStarted(run.Id, run.PerMinute);
        return await DescribeAsync(database, run, cancel);
    }

    /// <exception cref="ProblemException">There was no run.</exception>
    public async Task<ResealProgress> PauseAsync(CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ResealRunRow run = await NewestAsync(database, cancel) ?? throw None();
        run.PausedAt ??= clock.GetUtcNow();
        await database.SaveChangesAsync(cancel);
        return await DescribeAsync(database, run, cancel);
    }

    /// <exception cref="ProblemException">There was no run.</exception>
    public async Task<ResealProgress> FindAsync(CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await DescribeAsync(database, await NewestAsync(database, cancel) ?? throw None(), cancel);
    }

    /// <summary>Moves one key, if there is one to be moved.</summary>
    /// <returns>How long to wait before the next; null when there is nothing to do.</returns>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        if (await NewestAsync(database, cancel) is not { FinishedAt: null, PausedAt: null } run)
        {
            metrics.IsResealStalled = false;
            return null;
        }

        CredentialRow? row = await Unvisited(database, run).OrderBy(c => c.Id).FirstOrDefaultAsync(cancel);
        if (row is null)
        {
            (run.FinishedAt, run.Stalled) = (clock.GetUtcNow(), null);
            await database.SaveChangesAsync(cancel);
            metrics.IsResealStalled = false;
            LogFinished(run.Id);
            return null;
        }

        run.Stalled = await VisitAsync(row, run);
        metrics.IsResealStalled = run.Stalled is not null;
        try
        {
            await database.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Somebody changed or deleted the credential meanwhile: the next step looks at it as it is now.
            return TimeSpan.Zero;
        }

        if (run.Stalled is null)
        {
            metrics.Resealed(row.ResealOutcome is CredentialRow.Moved or CredentialRow.Newest ? row.ResealOutcome : "refused");
        }

        return run.Stalled is null ? TimeSpan.FromMinutes(1) / run.PerMinute : Patience;
    }

    private static IQueryable<CredentialRow> Unvisited(ServerDatabase database, ResealRunRow run) =>
        database.Credentials.Where(c => c.State == CredentialState.Ready && (c.ResealRun == null || c.ResealRun < run.Id));

    private static Task<ResealRunRow?> NewestAsync(ServerDatabase database, CancellationToken cancel) =>
        database.ResealRuns.OrderByDescending(r => r.Id).FirstOrDefaultAsync(cancel);

    private static ProblemException None() => new(Problem.InvalidRequest, ProblemCodes.NotFound, "No run was begun.");

    /// <returns>Why the SAM could not be asked; null when it answered.</returns>
    private async Task<string?> VisitAsync(CredentialRow row, ResealRunRow run)
    {
        try
        {
            KeyPair moved = await sams.UseAsync(s => s.ResealAsync(
                new ResealKeyPairRequest(row.KeyPair, new Signer(row.SignerId)), CancellationToken.None));
            if (moved.KeyId != row.KeyId || moved.PublicKey != row.PublicKey || moved.Version != row.KeyVersion + 1)
            {
                throw PeerException.Unbelievable(SamClient.Name, "The SAM answered another key pair than the one it was given.");
            }

            await receipts.StoreAsync(row.Id, moved.Audit!, CancellationToken.None); // Its client accepts no answer without proof.
            row.Store(moved);
            row.ResealOutcome = CredentialRow.Moved;
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Problem: not (Problem.Unavailable or Problem.Internal) })
        {
            row.ResealOutcome = refusal.Code == ProblemCodes.Conflict ? CredentialRow.Newest : refusal.Code;
            if (refusal.Code != ProblemCodes.Conflict)
            {
                LogRefused(row.Id, run.Id, refusal.Code);
            }
        }
        catch (PeerException failure)
        {
            // Whatever became of it: the same request gives the same version again.
            LogStalled(row.Id, run.Id, failure.Message);
            return failure.Message;
        }

        row.ResealRun = run.Id;
        return null;
    }

    private static async Task<ResealProgress> DescribeAsync(ServerDatabase database, ResealRunRow run, CancellationToken cancel)
    {
        IQueryable<CredentialRow> visited = database.Credentials.Where(c => c.ResealRun == run.Id);
        IQueryable<CredentialRow> failed = visited.Where(c => c.ResealOutcome != CredentialRow.Moved && c.ResealOutcome != CredentialRow.Newest);
        return new ResealProgress(
            run.Id,
            run.FinishedAt is not null ? "finished" : run.PausedAt is not null ? "paused" : "running",
            run.PerMinute,
            run.StartedAt.ToUnixTimeSeconds(),
            run.FinishedAt?.ToUnixTimeSeconds(),
            await Unvisited(database, run).CountAsync(cancel),
            await visited.CountAsync(c => c.ResealOutcome == CredentialRow.Moved, cancel),
            await visited.CountAsync(c => c.ResealOutcome == CredentialRow.Newest, cancel),
            await failed.CountAsync(cancel),
            await failed.OrderBy(c => c.Id).Take(MostFailuresTold).Select(c => new ResealFailure(c.SignerId, c.Id, c.ResealOutcome!)).ToListAsync(cancel),
            await database.Credentials.CountAsync(c => c.State != CredentialState.Ready && c.State != CredentialState.Deleting, cancel),
            run.Stalled);
    }

    [LoggerMessage(6241, LogLevel.Information, "Reseal run {Run} goes on with at most {PerMinute} keys a minute")]
    private partial void LogStarted(long run, int perMinute);

    [LoggerMessage(6242, LogLevel.Information, "Reseal run {Run} has visited all keys")]
    private partial void LogFinished(long run);

    [LoggerMessage(6243, LogLevel.Warning, "Reseal run {Run}: the SAM refuses to move the key of credential {Credential}: {Code}")]
    private partial void LogRefused(string credential, long run, string code);

    [LoggerMessage(6244, LogLevel.Warning, "Reseal run {Run} waits at credential {Credential}: {Text}")]
    private partial void LogStalled(string credential, long run, string text);
}
