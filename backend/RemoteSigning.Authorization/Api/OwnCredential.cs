using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>A signer, one of the signer's credentials, and the application that the signer uses.</summary>
internal sealed record OwnCredential(AccountRow Account, CredentialRow Credential, string ClientId)
{
    private static readonly Func<AuthorizationDatabase, byte[], string, string, CancellationToken, Task<Found?>> Find = EF.CompileAsyncQuery(
        (AuthorizationDatabase database, byte[] hash, string ssa, string id, CancellationToken cancel) => (
            from token in database.Tokens
            where token.Hash == hash && token.Kind == TokenKind.Access && token.Grant!.Ssa == ssa && token.Grant.RevokedAt == null
            from credential in database.Credentials
                .Where(c => c.CredentialId == id && c.Signer == token.Grant!.Signer && c.Ssa == ssa)
                .DefaultIfEmpty()
            select new Found(token.ExpiresAt, token.Grant!.ClientId, token.Grant.Account!, credential))
            .AsNoTracking().SingleOrDefault());

    /// <summary>One query; nothing of it is tracked. Somebody else's credential is answered like one that does not exist.</summary>
    /// <exception cref="ProblemException">The token is not valid, or has no such credential.</exception>
    public static async Task<OwnCredential> FindAsync(
        AuthorizationDatabase database,
        RegisteredClient caller,
        string accessToken,
        string credentialId,
        DateTimeOffset now,
        CancellationToken cancel)
    {
        // An id that cannot be one goes on as one that nobody has.
        string id = Names.IsId(credentialId) ? credentialId : "";
        Found found = await Find(database, Secrets.Hash(accessToken), caller.Id, id, cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, now);
        return found.Credential is null
            ? throw new ProblemException(Problem.UnknownKey, ProblemCodes.CredentialUnknown, "There is no such credential.")
            : new OwnCredential(found.Account, found.Credential, found.ClientId);
    }

    private sealed record Found(DateTimeOffset ExpiresAt, string ClientId, AccountRow Account, CredentialRow? Credential);
}
