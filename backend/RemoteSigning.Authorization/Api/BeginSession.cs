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
        Names.DemandId(request.ClientId, "client_id");
        string email = Names.Email(request.Login) ?? "";
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        AccountRow? account = await database.Accounts.SingleOrDefaultAsync(a => a.Email == email, cancel);
        PasswordVerificationResult result = passwords.Verify(account?.PasswordHash, request.Password);
        bool counted = await CountAsync(database, email, result != PasswordVerificationResult.Failed);
        if (account is null || !counted || result == PasswordVerificationResult.Failed)
        {
            LogFailure(account, counted, caller.Id);
            throw new ProblemException(Problem.NotSignedIn, ProblemCodes.LoginFailed, "The sign-in failed.");
        }

        if (result == PasswordVerificationResult.SuccessRehashNeeded)
        {
            account.PasswordHash = passwords.Hash(request.Password);
        }

        Session session = AddGrant(database, account.Signer, caller.Id, request);
        await database.SaveChangesAsync(cancel);
        logger.SignedIn(account.Signer, caller.Id);
        return session;
    }

    /// <summary>
    /// Counts the try before its verdict is told, in one statement that no caller can call off, as for the PIN; false
    /// when the account is locked or unknown.
    /// </summary>
    private async Task<bool> CountAsync(AuthorizationDatabase database, string email, bool right)
    {
        DateTimeOffset now = clock.GetUtcNow();
        DateTimeOffset lockedSince = now.AddMinutes(-options.Limits.PasswordLockMinutes);
        int maximum = options.Limits.PasswordFailures;
        int updated = await database.Accounts
            .Where(a => a.Email == email && (a.PasswordFailures < maximum || a.PasswordTriedAt <= lockedSince))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(
                        a => a.PasswordFailures, a => right ? 0 : a.PasswordFailures < maximum ? a.PasswordFailures + 1 : 1)
                    .SetProperty(a => a.PasswordTriedAt, now),
                CancellationToken.None);
        return updated == 1;
    }

    private Session AddGrant(AuthorizationDatabase database, string signer, string ssa, SessionRequest request)
    {
        var grant = new GrantRow
        {
            Id = Guid.CreateVersion7(clock.GetUtcNow()),
            Signer = signer,
            ClientId = request.ClientId,
            Ssa = ssa,
            CreatedAt = clock.GetUtcNow(),
        };
        database.Grants.Add(grant);
        return tokens.Add(database, grant.Id, request.RememberMe);
    }

    private void LogFailure(AccountRow? account, bool counted, string ssa)
    {
        if (account is null)
        {
            logger.AccountUnknown(ssa);
        }
        else if (counted)
        {
            logger.PasswordWrong(account.Signer, ssa);
        }
        else
        {
            logger.PasswordLocked(account.Signer, ssa);
        }
    }
}
