using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>A signer, one of the signer's credentials, and the application that the signer uses.</summary>
internal sealed record OwnCredential(AccountRow Account, CredentialRow Credential, string ClientId)
{
    /// <summary>One query. Somebody else's credential is answered like one that does not exist.</summary>
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
        var found = await (
            from token in database.AccessToken(caller, accessToken)
            from credential in database.Credentials
                .Where(c => c.CredentialId == id && c.Signer == token.Grant!.Signer && c.Ssa == caller.Id)
                .DefaultIfEmpty()
            select new { token.ExpiresAt, token.Grant!.ClientId, Account = token.Grant.Account!, Credential = credential })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, now);
        return found.Credential is null
            ? throw new ProblemException(Problem.UnknownKey, ProblemCodes.CredentialUnknown, "There is no such credential.")
            : new OwnCredential(found.Account, found.Credential, found.ClientId);
    }
}
