using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>The rule for SADs, the same for each function that takes one.</summary>
internal static class LiveTransactions
{
    private static readonly Func<AuthorizationDatabase, byte[], byte[], string, CancellationToken, Task<Found?>> Find = EF.CompileAsyncQuery(
        (AuthorizationDatabase database, byte[] hash, byte[] sadHash, string ssa, CancellationToken cancel) => (
            from token in database.Tokens
            where token.Hash == hash && token.Kind == TokenKind.Access && token.Grant!.Ssa == ssa && token.Grant.RevokedAt == null
            from transaction in database.Transactions
                .Where(t => t.SadHash == sadHash && t.Ssa == ssa
                    && t.Signer == token.Grant!.Signer && t.ClientId == token.Grant.ClientId)
                .DefaultIfEmpty()
            select new Found(token.ExpiresAt, transaction, transaction.Credential))
            .SingleOrDefault());

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
        Found found = await Find(database, Secrets.Hash(accessToken), Secrets.Hash(sad), caller.Id, cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, now);
        if (found.Transaction is not { } live || live.CredentialId != credentialId || (live.Remaining == 0 && !mayBeUsedUp))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadInvalid, "The SAD is not valid.");
        }

        return live.ExpiresAt > now
            ? live
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.SadExpired, "The SAD has expired.");
    }

    /// <param name="Credential">That of the transaction, so that it is loaded with it.</param>
    private sealed record Found(DateTimeOffset ExpiresAt, TransactionRow? Transaction, CredentialRow? Credential);
}
