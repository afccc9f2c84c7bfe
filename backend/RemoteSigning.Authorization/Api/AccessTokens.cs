using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>The rule for access tokens, the same for each function that takes one.</summary>
internal static class AccessTokens
{
    /// <summary>
    /// The token, if it is an access token given to this SSA. The two queries of each signature, which are compiled once, have the same
    /// condition in full: <see cref="OwnCredential"/> and <see cref="LiveTransactions"/>.
    /// </summary>
    public static IQueryable<TokenRow> AccessToken(this AuthorizationDatabase database, RegisteredClient caller, string token)
    {
        byte[] hash = Secrets.Hash(token);
        return database.Tokens.Where(t =>
            t.Hash == hash && t.Kind == TokenKind.Access && t.Grant!.Ssa == caller.Id && t.Grant.RevokedAt == null);
    }

    /// <summary>Kills all tokens of a grant, those that are just being made too.</summary>
    public static Task RevokeGrantAsync(this AuthorizationDatabase database, Guid grant, DateTimeOffset now, CancellationToken cancel) =>
        database.Grants.Where(g => g.Id == grant).ExecuteUpdateAsync(set => set.SetProperty(g => g.RevokedAt, now), cancel);

    public static ProblemException Invalid() =>
        new(Problem.NotSignedIn, ProblemCodes.TokenInvalid, "The token is not valid.");

    /// <exception cref="ProblemException">Its time is over.</exception>
    public static void DemandLive(DateTimeOffset expiresAt, DateTimeOffset now)
    {
        if (expiresAt <= now)
        {
            throw new ProblemException(Problem.NotSignedIn, ProblemCodes.TokenExpired, "The token has expired.");
        }
    }
}
