using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>The rule for SADs, the same for each function that takes one.</summary>
internal static class LiveTransactions
{
    /// <summary>
    /// The transaction, with its credential, if signatures are left in it and the SAD was given for this credential
    /// to the signer and the client that the token stands for.
    /// </summary>
    /// <param name="mayBeUsedUp">A device approved what was taken: nothing need be left.</param>
    /// <exception cref="ProblemException">It is not, or its time is over, or that of the token.</exception>
    public static async Task<TransactionRow> FindAsync(
        AuthorizationDatabase database,
        RegisteredClient caller,
        string accessToken,
        string sad,
        string credentialId,
        DateTimeOffset now,
        CancellationToken cancel,
        bool mayBeUsedUp = false)
    {
        byte[] sadHash = Secrets.Hash(sad);
        var found = await (
            from token in database.AccessToken(caller, accessToken)
            from transaction in database.Transactions
                .Where(t => t.SadHash == sadHash && t.Ssa == caller.Id
                    && t.Signer == token.Grant!.Signer && t.ClientId == token.Grant.ClientId)
                .DefaultIfEmpty()
            select new { token.ExpiresAt, Transaction = transaction, transaction.Credential })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, now);
        if (found.Transaction is not { } live || live.CredentialId != credentialId || (live.Remaining == 0 && !mayBeUsedUp))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadInvalid, "The SAD is not valid.");
        }

        return live.ExpiresAt > now
            ? live
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadExpired, "The SAD has expired.");
    }
}
