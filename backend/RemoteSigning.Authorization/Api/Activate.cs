using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST activations</c>: takes units of a transaction and mints the SAM SAD for exactly these entries. The
/// units are gone in the database before the SAD leaves. Where a device approves, the units were taken with the content
/// (<see cref="PrepareApproval"/>), and the SAD is minted over that.
/// </summary>
internal sealed class Activate(
    IDbContextFactory<AuthorizationDatabase> databases,
    TransactionUnits units,
    SadMint mint,
    TimeProvider clock,
    ILogger<Activate> logger)
{
    /// <summary>A SAD may die of its time; a device's approval is good for another one until its content ends.</summary>
    private const int MostSadsPerApproval = 5;

    public async Task<Contracts.Authorization.Activation> ActAsync(
        RegisteredClient caller, ActivationRequest request, CancellationToken cancel)
    {
        while (true)
        {
            await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
            TransactionRow transaction = await units.FindAsync(database, caller, request, cancel);
            ApprovalRow? approval = await FindApprovalAsync(database, transaction, request, cancel);
            Contracts.Authorization.Activation activation;
            if (approval is null)
            {
                units.Take(transaction, request);
                activation = mint.Mint(transaction, request);
            }
            else
            {
                approval.Minted++;
                approval.Version++;
                activation = mint.Mint(transaction, request, approval.Content);
            }

            // Where somebody else changed the transaction meanwhile, its units were never ours. Each round lets at least one
            // caller through, and units run out, so this ends.
            if (!await TryStoreAsync(database, transaction, Row(transaction, approval, activation.Jti, request), cancel))
            {
                continue;
            }

            logger.Activated(activation.Jti, request.Entries.Count, request.Node, transaction.Id);
            return activation;
        }
    }

    /// <returns>False when somebody else changed what it takes of: then nothing was stored.</returns>
    private static async Task<bool> TryStoreAsync(
        AuthorizationDatabase database, TransactionRow transaction, ActivationRow activation, CancellationToken cancel)
    {
        if (activation.ApprovalId is null)
        {
            return await PostgreSql.TakeAsync(database, transaction, activation, cancel);
        }

        database.Activations.Add(activation);
        try
        {
            await database.SaveChangesAsync(cancel);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
    }

    /// <returns>Null for a credential without devices.</returns>
    private async Task<ApprovalRow?> FindApprovalAsync(
        AuthorizationDatabase database, TransactionRow transaction, ActivationRequest request, CancellationToken cancel)
    {
        bool hasDevices = transaction.Credential!.HasDevices; // Found with its transaction.
        if (hasDevices != request.Approval is not null)
        {
            throw hasDevices
                ? new ProblemException(Problem.InvalidRequest, ProblemCodes.DeviceMissing, "A device is to approve the content first.")
                : Unknown();
        }

        if (request.Approval is null)
        {
            return null;
        }

        string id = Names.IsId(request.Approval) ? request.Approval : "";
        ApprovalRow approval = await database.Approvals.SingleOrDefaultAsync(a => a.Id == id && a.TransactionId == transaction.Id, cancel)
            ?? throw Unknown();
        ActivationEntries.Demand(request.Entries);
        bool isTheSame = approval.Node == request.Node
            && approval.Epoch == request.Epoch
            && approval.SetDigest.AsSpan().SequenceEqual(ActivationSet.Digest(request.Entries));
        if (!isTheSame || approval.ClosedAt is not null)
        {
            throw Unknown();
        }

        return approval.ExpiresAt > clock.GetUtcNow() && approval.Minted < MostSadsPerApproval
            ? approval
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.ContentExpired, "What the device approved has ended.");
    }

    private ActivationRow Row(TransactionRow transaction, ApprovalRow? approval, string jti, ActivationRequest request) => new()
    {
        Jti = jti,
        TransactionId = transaction.Id,
        ApprovalId = approval?.Id,
        Node = request.Node,
        Epoch = request.Epoch,
        Count = request.Entries.Count,
        Digests = TransactionUnits.Taken(transaction, request.Entries),
        CreatedAt = clock.GetUtcNow(),
    };

    private static ProblemException Unknown() => new(
        Problem.InvalidRequest, ProblemCodes.ContentUnknown, "No such content waits for an approval in this transaction.");
}
