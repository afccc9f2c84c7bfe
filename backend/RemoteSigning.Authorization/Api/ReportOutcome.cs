using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST activation_outcomes</c>: a failed activation gives its units back, once, while its transaction lives.
/// A conclusive refusal always does. Other reports may be lies about a SAD that was used: by those a transaction
/// never gets back more than it was approved for, so an SSA gains at most that much.
/// </summary>
internal sealed class ReportOutcome(
    IDbContextFactory<AuthorizationDatabase> databases,
    RefusalEvidence evidence,
    TimeProvider clock,
    ILogger<ReportOutcome> logger)
{
    public async Task ActAsync(RegisteredClient caller, ActivationOutcome request, CancellationToken cancel)
    {
        if (request.Outcome is not (ActivationOutcome.NotSent or ActivationOutcome.Refused))
        {
            throw Names.Malformed("outcome is not_sent or refused.");
        }

        while (true)
        {
            await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
            ActivationRow activation = await FindAsync(database, caller, request.Jti, cancel);
            bool conclusive = Weigh(caller, request, activation);
            GiveBack(activation, request.Outcome, conclusive && activation.Approval is null or { Minted: 1 });
            try
            {
                await database.SaveChangesAsync(cancel);
            }
            catch (DbUpdateConcurrencyException)
            {
                // The transaction was changed meanwhile: look at it anew.
                continue;
            }

            logger.GivenBack(activation.Jti, activation.Count, activation.TransactionId, request.Outcome);
            return;
        }
    }

    private async Task<ActivationRow> FindAsync(
        AuthorizationDatabase database, RegisteredClient caller, string jti, CancellationToken cancel)
    {
        string id = Names.IsId(jti) ? jti : "";
        ActivationRow activation = await database.Activations.Include(a => a.Transaction).Include(a => a.Approval)
            .SingleOrDefaultAsync(a => a.Jti == id && a.Transaction!.Ssa == caller.Id, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such activation.");
        if (activation.Outcome is not null)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "The activation was reported already.");
        }

        return activation.Transaction?.ExpiresAt > clock.GetUtcNow()
            ? activation
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadExpired, "The transaction has expired.");
    }

    /// <summary>Whether the report excludes a signature; one that needs evidence and has none is refused.</summary>
    private bool Weigh(RegisteredClient caller, ActivationOutcome request, ActivationRow activation)
    {
        if (request.Outcome != ActivationOutcome.Refused)
        {
            return false;
        }

        string refusal = "";
        string? flaw = request.Evidence is { } proof ? evidence.Flaw(proof, activation, out refusal) : "there is no evidence";
        if (flaw is not null)
        {
            logger.EvidenceRefused(caller.Id, activation.Jti, flaw);
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.IntegrityError, "The evidence does not prove that the SAM refused.");
        }

        return RefusalEvidence.IsConclusive(refusal);
    }

    /// <summary>Units that were taken for a device's approval go back once, and end it: no other SAD comes of it.</summary>
    private void GiveBack(ActivationRow activation, string outcome, bool conclusive)
    {
        if (activation.Approval is { } approval)
        {
            if (approval.ClosedAt is not null)
            {
                throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "The approval gave its units back already.");
            }

            approval.ClosedAt = clock.GetUtcNow();
            approval.Version++;
        }

        TransactionRow transaction = activation.Transaction!; // FindAsync has loaded it.
        int unproven = conclusive ? 0 : activation.Count;
        if (transaction.GivenBack + unproven > transaction.Approved)
        {
            throw new ProblemException(
                Problem.LimitReached, ProblemCodes.CountTooHigh, "The transaction got back all that it may get back without proof.");
        }

        activation.Outcome = outcome;
        transaction.Remaining += activation.Count;
        transaction.GivenBack += unproven;
        transaction.Version++;
        if (transaction.Digests is { } stored && activation.Digests is { } taken)
        {
            DigestMultiset digests = DigestMultiset.Read(stored);
            digests.Add(DigestMultiset.Read(taken));
            transaction.Digests = digests.ToBytes();
        }
    }
}
