using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST session_refreshes</c>: a refresh token is exchanged once. Seeing it again means that two hold it, and
/// nobody knows which is the thief: the whole grant dies (RFC 9700, 4.14.2).
/// </summary>
internal sealed class RefreshSession(
    IDbContextFactory<AuthorizationDatabase> databases, SessionTokens tokens, TimeProvider clock, ILogger<RefreshSession> logger)
{
    public async Task<Session> ActAsync(RegisteredClient caller, SessionRefresh request, CancellationToken cancel)
    {
        byte[] hash = Secrets.Hash(request.RefreshToken);
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        TokenRow? old = await database.Tokens.Include(t => t.Grant).SingleOrDefaultAsync(
            t => t.Hash == hash && t.Kind == TokenKind.Refresh
                && t.Grant!.Ssa == caller.Id && t.Grant.ClientId == request.ClientId && t.Grant.RevokedAt == null,
            cancel);
        if (old?.Grant is not { } grant)
        {
            throw AccessTokens.Invalid();
        }

        if (old.UsedAt is not null)
        {
            await RevokeAsync(database, grant, cancel);
            throw AccessTokens.Invalid();
        }

        AccessTokens.DemandLive(old.ExpiresAt, clock.GetUtcNow());
        old.UsedAt = clock.GetUtcNow();
        Session session = tokens.Add(database, grant.Id, withRefresh: true);
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Another exchange of the same token was faster: that is a second use as well.
            await RevokeAsync(database, grant, cancel);
            throw AccessTokens.Invalid();
        }

        return session;
    }

    private async Task RevokeAsync(AuthorizationDatabase database, GrantRow grant, CancellationToken cancel)
    {
        await database.RevokeGrantAsync(grant.Id, clock.GetUtcNow(), cancel);
        logger.RefreshTokenReused(grant.Signer, grant.Ssa);
    }
}
