using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>What a transaction approves, and taking of it: for a SAM SAD, or for a content that a device is to approve.</summary>
internal sealed class TransactionUnits(SamRegistry sams, TimeProvider clock)
{
    private const int EpochLength = 32;

    /// <summary>The live transaction that the CSC <c>SAD</c> stands for, with its credential.</summary>
    /// <exception cref="ProblemException">There is none for this caller, token and credential.</exception>
    public Task<TransactionRow> FindAsync(
        AuthorizationDatabase database, RegisteredClient caller, ActivationRequest request, CancellationToken cancel) =>
        LiveTransactions.FindAsync(
            database,
            caller,
            request.AccessToken,
            request.Sad,
            request.CredentialId,
            clock.GetUtcNow(),
            cancel,
            mayBeUsedUp: request.Approval is not null);

    /// <summary>Takes a unit for each entry, and its digest where digests are bound.</summary>
    /// <exception cref="ProblemException">The request is not well formed, or asks for more than was approved.</exception>
    public void Take(TransactionRow transaction, ActivationRequest request)
    {
        DemandPlace(request.Node, request.Epoch);
        IReadOnlyList<ActivationEntry> entries = request.Entries;
        ActivationEntries.Demand(entries);
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

    /// <summary>The digests that were taken; null where none are bound.</summary>
    public static byte[]? Taken(TransactionRow transaction, IReadOnlyList<ActivationEntry> entries) =>
        transaction.Digests is null ? null : new DigestMultiset(entries.Select(e => e.Digest)).ToBytes();

    /// <exception cref="ProblemException">There is no such node, or the epoch is none.</exception>
    public void DemandPlace(string node, string epoch)
    {
        if (!sams.Knows(node))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadWrongNode, "There is no such SAM node.");
        }

        if (epoch.Length != EpochLength || !epoch.All(char.IsAsciiHexDigitLower))
        {
            throw Names.Malformed("epoch is 32 lower-case hex digits.");
        }
    }
}
