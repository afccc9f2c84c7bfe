using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST activations</c>: takes units of a transaction and mints the SAM SAD for exactly these entries. The
/// units are gone in the database before the SAD leaves.
/// </summary>
internal sealed class Activate(
    IDbContextFactory<AuthorizationDatabase> databases,
    SamRegistry sams,
    SadMint mint,
    TimeProvider clock,
    ILogger<Activate> logger)
{
    private const int EpochLength = 32;

    public async Task<Contracts.Authorization.Activation> ActAsync(
        RegisteredClient caller, ActivationRequest request, CancellationToken cancel)
    {
        while (true)
        {
            await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
            TransactionRow transaction = await FindAsync(database, caller, request, cancel);
            Validate(request);
            Take(transaction, request.Entries);
            Contracts.Authorization.Activation activation =
                mint.Mint(transaction, transaction.Credential!.KeyId, request); // FindAsync has loaded the credential.
            database.Activations.Add(Row(transaction, activation.Jti, request));
            try
            {
                await database.SaveChangesAsync(cancel);
            }
            catch (DbUpdateConcurrencyException)
            {
                // Somebody else changed the transaction meanwhile, so its units were never ours. Each round lets at
                // least one caller through, and units run out, so this ends.
                continue;
            }

            logger.Activated(activation.Jti, request.Entries.Count, request.Node, transaction.Id);
            return activation;
        }
    }

    private Task<TransactionRow> FindAsync(
        AuthorizationDatabase database, RegisteredClient caller, ActivationRequest request, CancellationToken cancel) =>
        LiveTransactions.FindAsync(
            database, caller, request.AccessToken, request.Sad, request.CredentialId, clock.GetUtcNow(), cancel);

    private void Validate(ActivationRequest request)
    {
        if (!sams.Knows(request.Node))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadWrongNode, "There is no such SAM node.");
        }

        if (request.Epoch.Length != EpochLength || !request.Epoch.All(char.IsAsciiHexDigitLower))
        {
            throw Names.Malformed("epoch is 32 lower-case hex digits.");
        }

        ActivationEntries.Demand(request.Entries);
    }

    private static void Take(TransactionRow transaction, IReadOnlyList<ActivationEntry> entries)
    {
        if (transaction.Digests is { } stored)
        {
            DigestMultiset approved = DigestMultiset.Read(stored);
            bool sameAlgorithm = transaction.HashAlgorithm is not { } oid
                || entries.All(e => ActivationEntries.DigestOf(e).Oid == oid);
            if (!sameAlgorithm || !approved.TryTake(entries.Select(e => e.Digest)))
            {
                throw ActivationEntries.HashNotAuthorized();
            }

            transaction.Digests = approved.ToBytes();
        }

        if (entries.Count > transaction.Remaining)
        {
            throw ActivationEntries.CountTooHigh();
        }

        transaction.Remaining -= entries.Count;
        transaction.Version++;
    }

    private ActivationRow Row(TransactionRow transaction, string jti, ActivationRequest request) => new()
    {
        Jti = jti,
        TransactionId = transaction.Id,
        Node = request.Node,
        Epoch = request.Epoch,
        Count = request.Entries.Count,
        Digests = transaction.Digests is null ? null : new DigestMultiset(request.Entries.Select(e => e.Digest)).ToBytes(),
        CreatedAt = clock.GetUtcNow(),
    };
}
