using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST approvals</c>: takes units of a transaction for exactly these entries, and writes the content that a device of the
/// signer is to approve. Each content names a transaction of its own for the SAM, ours with the approval's id, as the SAM
/// takes one approval for each.
/// </summary>
internal sealed class PrepareApproval(
    IDbContextFactory<AuthorizationDatabase> databases,
    TransactionUnits units,
    TimeProvider clock,
    ILogger<PrepareApproval> logger)
{
    /// <summary>The SAM takes no approval that is good for more than 15 minutes.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(14);

    public async Task<ApprovalContent> ActAsync(RegisteredClient caller, ActivationRequest request, CancellationToken cancel)
    {
        if (request.Approval is not null)
        {
            throw Names.Malformed("An approval is prepared anew, without the id of another.");
        }

        while (true)
        {
            await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
            TransactionRow transaction = await units.FindAsync(database, caller, request, cancel);
            if (!transaction.Credential!.HasDevices) // Found with its transaction.
            {
                throw new ProblemException(Problem.NotAllowed, ProblemCodes.NotAllowed, "No device approves with this credential.");
            }

            units.Take(transaction, request);
            ApprovalRow approval = Row(transaction, request);
            database.Approvals.Add(approval);
            try
            {
                await database.SaveChangesAsync(cancel);
            }
            catch (DbUpdateConcurrencyException)
            {
                // As for activations: somebody else was first, and units run out.
                continue;
            }

            logger.ApprovalPrepared(approval.Id, approval.Count, approval.Node, transaction.Id);
            return new ApprovalContent(approval.Id, approval.Content, (int)(approval.ExpiresAt - clock.GetUtcNow()).TotalSeconds);
        }
    }

    private ApprovalRow Row(TransactionRow transaction, ActivationRequest request)
    {
        string id = Secrets.NewId();
        DateTimeOffset now = clock.GetUtcNow();
        DateTimeOffset end = transaction.ExpiresAt < now + LongestLife ? transaction.ExpiresAt : now + LongestLife;
        return new ApprovalRow
        {
            Id = id,
            TransactionId = transaction.Id,
            Node = request.Node,
            Epoch = request.Epoch,
            Count = request.Entries.Count,
            Digests = TransactionUnits.Taken(transaction, request.Entries),
            SetDigest = ActivationSet.Digest(request.Entries),
            Content = SadMint.Content(transaction, $"{transaction.Id}.{id}", request, end.ToUnixTimeSeconds()),
            CreatedAt = now,
            ExpiresAt = end,
        };
    }
}
