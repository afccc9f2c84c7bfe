using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST sessions</c>: e-mail and password. An unknown account, a wrong password and a locked account cost
/// the same work and get the same answer.
/// </summary>
internal sealed class BeginSession(
    IDbContextFactory<AuthorizationDatabase> databases,
    Passwords passwords,
    SessionTokens tokens,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<BeginSession> logger)
{
    public async Task<Session> ActAsync(RegisteredClient caller, SessionRequest request, CancellationToken cancel)
    {
        string email = Names.Email(request.Login) ?? "";
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        bool mayTry = await CountAsync(database, email, cancel);
        AccountRow? account = await database.Accounts.SingleOrDefaultAsync(a => a.Email == email, cancel);
        PasswordVerificationResult result = passwords.Verify(mayTry ? account?.PasswordHash : null, request.Password);
        if (account is null || result == PasswordVerificationResult.Failed)
        {
            LogFailure(account, mayTry, caller.Id);
            throw new ProblemException(Problem.NotSignedIn, ProblemCodes.LoginFailed, "The sign-in failed.");
        }

        if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            account.PasswordHash = passwords.Hash(request.Password);
        }

        account.PasswordFailures = 0;
        database.Entry(account).Property(a => a.PasswordFailures).IsModified = true;
        Session session = AddGrant(database, account.Signer, caller.Id, request.RememberMe);
        await database.SaveChangesAsync(cancel);
        logger.SignedIn(account.Signer, caller.Id);
        return session;
    }

    /// <summary>Counts the try before it is looked at; false when the account is locked or unknown.</summary>
    private async Task<bool> CountAsync(AuthorizationDatabase database, string email, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        DateTimeOffset lockedSince = now.AddMinutes(-options.Limits.PasswordLockMinutes);
        int maximum = options.Limits.PasswordFailures;
        int counted = await database.Accounts
            .Where(a => a.Email == email && (a.PasswordFailures < maximum || a.PasswordTriedAt <= lockedSince))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(a => a.PasswordFailures, a => a.PasswordFailures < maximum ? a.PasswordFailures + 1 : 1)
                    .SetProperty(a => a.PasswordTriedAt, now),
                cancel);
        return counted == 1;
    }

    private Session AddGrant(AuthorizationDatabase database, string signer, string ssa, bool rememberMe)
    {
        var grant = new GrantRow
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            Signer = signer,
            ClientId = TokenState.DirectClient,
            Ssa = ssa,
            CreatedAt = clock.GetUtcNow(),
        };
        database.Grants.Add(grant);
        return tokens.Add(database, grant.Id, rememberMe);
    }

    private void LogFailure(AccountRow? account, bool mayTry, string ssa)
    {
        if (account is null)
        {
            logger.AccountUnknown(ssa);
        }
        else if (mayTry)
        {
            logger.PasswordWrong(account.Signer, ssa);
        }
        else
        {
            logger.PasswordLocked(account.Signer, ssa);
        }
    }
}
