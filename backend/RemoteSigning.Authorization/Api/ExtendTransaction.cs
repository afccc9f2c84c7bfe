using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST transaction_extensions</c>: gives a new SAD for a live one. What is left to sign stays the same, so that
/// nothing can be signed that the signer did not approve, and the whole has an end that no extension moves.
/// </summary>
internal sealed class ExtendTransaction(
    IDbContextFactory<AuthorizationDatabase> databases,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<ExtendTransaction> logger)
{
    public async Task<Transaction> ActAsync(RegisteredClient caller, TransactionExtension request, CancellationToken cancel)
    {
        while (true)
        {
            DateTimeOffset now = clock.GetUtcNow();
            await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
            TransactionRow row = await LiveTransactions.FindAsync(
                database, caller, request.AccessToken, request.Sad, request.CredentialId, now, cancel);
            DemandApproved(row, request);
            string sad = Secrets.New();
            row.SadHash = Secrets.Hash(sad);
            row.ExpiresAt = End(row, now);
            row.Version++;
            try
            {
                await database.SaveChangesAsync(cancel);
            }
            catch (DbUpdateConcurrencyException)
            {
                // Somebody took units meanwhile, or replaced the SAD: the next round tells.
                continue;
            }

            logger.Extended(row.Id, row.Remaining);
            return new Transaction(sad, (int)(row.ExpiresAt - now).TotalSeconds);
        }
    }

    /// <summary>At SCAL 2 the hashes for which the new SAD is wanted have to be among those that are left.</summary>
    private static void DemandApproved(TransactionRow row, TransactionExtension request)
    {
        if (row.Digests is not { } stored)
        {
            return;
        }

        if (request.Hashes is not { Count: > 0 } hashes)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.HashMissing, "This credential needs the hashes that are to be signed.");
        }

        ActivationEntries.Demand(hashes, request.HashAlgorithm);
        bool isOtherAlgorithm = request.HashAlgorithm is { } named && row.HashAlgorithm is { } bound && named != bound;
        if (isOtherAlgorithm || !DigestMultiset.Read(stored).TryTake(hashes))
        {
            throw ActivationEntries.HashNotAuthorized();
        }
    }

    private DateTimeOffset End(TransactionRow row, DateTimeOffset now)
    {
        DateTimeOffset wanted = now.AddSeconds(options.Limits.SadSeconds);
        DateTimeOffset latest = row.CreatedAt.AddSeconds(options.Limits.TransactionSeconds);
        DateTimeOffset end = wanted < latest ? wanted : latest;
        return end > row.ExpiresAt ? end : row.ExpiresAt;
    }
}
