using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary><c>POST pin_verifications</c>: the card's login, under the same counter as signing.</summary>
internal sealed class VerifyPin(IDbContextFactory<AuthorizationDatabase> databases, SigningPin pin, TimeProvider clock)
{
    public async Task ActAsync(RegisteredClient caller, PinVerification request, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        var found = await database.AccessToken(caller, request.AccessToken)
            .Select(t => new { t.ExpiresAt, Account = t.Grant!.Account! })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, clock.GetUtcNow());
        await pin.CheckAsync(database, found.Account, request.Pin);
    }
}
