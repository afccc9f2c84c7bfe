using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST token_revocations</c> (CSC <c>auth/revoke</c>): a refresh token takes its grant with it, an access
/// token goes alone.
/// </summary>
internal sealed class RevokeToken(
    IDbContextFactory<AuthorizationDatabase> databases, TimeProvider clock, ILogger<RevokeToken> logger)
{
    public async Task ActAsync(RegisteredClient caller, TokenRevocation request, CancellationToken cancel)
    {
        if (request.TokenTypeHint is not (null or "access_token" or "refresh_token"))
        {
            throw Names.Malformed("token_type_hint is access_token or refresh_token.");
        }

        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        var asking = await database.AccessToken(caller, request.AccessToken)
            .Select(t => new { t.ExpiresAt, t.Grant!.Signer, t.Grant.ClientId })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(asking.ExpiresAt, clock.GetUtcNow());

        byte[] hash = Secrets.Hash(request.Token);
        TokenRow token = await database.Tokens.AsNoTracking()
            .SingleOrDefaultAsync(
                t => t.Hash == hash && t.Grant!.Signer == asking.Signer && t.Grant.ClientId == asking.ClientId && t.Grant.Ssa == caller.Id,
                cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such token.");
        await (token.Kind == TokenKind.Refresh
            ? database.RevokeGrantAsync(token.GrantId, clock.GetUtcNow(), cancel)
            : database.Tokens.Where(t => t.Hash == hash).ExecuteDeleteAsync(cancel));
        logger.TokenRevoked(asking.Signer, caller.Id);
    }
}
