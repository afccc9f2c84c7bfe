using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary><c>POST token_states</c>: one look into the database each time, so that a revoked token is dead at once.</summary>
internal sealed class QueryToken(IDbContextFactory<AuthorizationDatabase> databases, TimeProvider clock)
{
    public async Task<TokenState> ActAsync(RegisteredClient caller, TokenQuery request, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        var found = await database.AccessToken(caller, request.AccessToken)
            .Select(t => new { t.ExpiresAt, t.Grant!.Signer, t.Grant.ClientId, t.Grant.Account!.Email, t.Grant.Account.CodeEmail, t.Grant.Account.PhoneNumber })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, clock.GetUtcNow());
        return new TokenState(
            found.Signer,
            found.Email,
            found.ClientId,
            found.ExpiresAt.ToUnixTimeSeconds(),
            Mailbox.MaskEmail(found.CodeEmail ?? found.Email),
            found.PhoneNumber is { } number ? Mailbox.MaskPhoneNumber(number) : null);
    }
}
