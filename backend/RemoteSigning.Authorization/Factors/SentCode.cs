using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// A code that was sent. A signer has one at a time, for one credential; a new one takes its place. Wrong tries move the
/// counter of the authenticator app's codes. One that is right but used or too old is refused and not counted.
/// </summary>
internal sealed class SentCode(AuthorizationKeys keys, TimeProvider clock, ILogger<SentCode> logger)
{
    private const int SaltLength = 16;

    /// <summary>A fresh code and what is stored of it.</summary>
    public (string Code, byte[] Salt, byte[] Verifier) Create(string signer, string credentialId, int digits)
    {
        int code = RandomNumberGenerator.GetInt32((int)Math.Pow(10, digits));
        string text = code.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        return (text, salt, keys.VerifierOfCode(signer, credentialId, salt, text));
    }

    /// <summary>
    /// Takes one of the codes that may be sent, before it is sent: two requests at once cannot get more than the limits allow.
    /// Returns the number of this code, and the budget as it was.
    /// </summary>
    /// <exception cref="ProblemException">The limits are reached, or the codes are locked.</exception>
    public async Task<(int Number, CodeBudget Before)> ReserveAsync(
        AuthorizationDatabase database, string signer, OneTimeCodeOptions options)
    {
        while (true)
        {
            AccountRow account = await database.Accounts.AsNoTracking().SingleAsync(a => a.Signer == signer, CancellationToken.None);
            if (account.OtpFailures >= OneTimePassword.MaximumFailures)
            {
                logger.OtpLocked(signer);
                throw OneTimePassword.Locked();
            }

            CodeBudget before = CodeBudget.Of(account);
            if (await SetAsync(database, signer, account.CodeNumber, before.Spend(options, clock.GetUtcNow())))
            {
                return (account.CodeNumber + 1, before);
            }
        }
    }

    /// <summary>The code with this number was not sent, so it does not count.</summary>
    public static Task GiveBackAsync(AuthorizationDatabase database, string signer, int number, CodeBudget before) =>
        SetAsync(database, signer, number, before);

    /// <summary>From now on this code holds, and no older one. False when a newer one is under way.</summary>
    public async Task<bool> StoreAsync(AuthorizationDatabase database, string signer, int number, byte[] salt, byte[] verifier, int seconds)
    {
        DateTimeOffset expires = clock.GetUtcNow().AddSeconds(seconds);
        return await database.Accounts.Where(a => a.Signer == signer && a.CodeNumber == number).ExecuteUpdateAsync(
            set => set
                .SetProperty(a => a.CodeSalt, salt)
                .SetProperty(a => a.CodeVerifier, verifier)
                .SetProperty(a => a.CodeExpiresAt, expires)
                .SetProperty(a => a.CodeUsed, false),
            CancellationToken.None) == 1;
    }

    /// <summary>Returns when the code is right, in time and unused; it is used then, and the counter set back.</summary>
    /// <exception cref="ProblemException">It is not, or the codes are locked.</exception>
    public async Task UseAsync(AuthorizationDatabase database, AccountRow account, string credentialId, string code)
    {
        byte[] verifier = keys.VerifierOfCode(account.Signer, credentialId, account.CodeSalt ?? [], code);
        bool matches = CryptographicOperations.FixedTimeEquals(verifier, account.CodeVerifier ?? []);
        bool live = matches && account.CodeExpiresAt > clock.GetUtcNow();

        // As for the PIN: one statement for right and wrong, committed before anybody learns which it was. The same statement
        // uses the code up, so that of two requests with one code one finds it used.
        int counted = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.OtpFailures < OneTimePassword.MaximumFailures
                && (!matches || (live && a.CodeVerifier == verifier && !a.CodeUsed)))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(a => a.CodeUsed, a => live || a.CodeUsed)
                    .SetProperty(a => a.OtpFailures, a => live ? 0 : a.OtpFailures + 1),
                CancellationToken.None);
        if (counted == 0)
        {
            throw await RefusalAsync(database, account.Signer);
        }

        if (!live)
        {
            logger.OtpWrong(account.Signer);
            throw OneTimePassword.Wrong();
        }
    }

    /// <summary>Why nothing could be counted: the codes are locked, or else this one was used, replaced or too old.</summary>
    private async Task<ProblemException> RefusalAsync(AuthorizationDatabase database, string signer)
    {
        if (await database.Accounts.AnyAsync(
            a => a.Signer == signer && a.OtpFailures < OneTimePassword.MaximumFailures, CancellationToken.None))
        {
            logger.CodeOver(signer);
            return OneTimePassword.Wrong();
        }

        logger.OtpLocked(signer);
        return OneTimePassword.Locked();
    }

    private static async Task<bool> SetAsync(AuthorizationDatabase database, string signer, int number, CodeBudget budget) =>
        await database.Accounts.Where(a => a.Signer == signer && a.CodeNumber == number).ExecuteUpdateAsync(
            set => set
                .SetProperty(a => a.CodeNumber, number + 1)
                .SetProperty(a => a.CodeSentAt, budget.SentAt)
                .SetProperty(a => a.CodeHourBegan, budget.HourBegan)
                .SetProperty(a => a.CodesInHour, budget.InHour)
                .SetProperty(a => a.CodeDayBegan, budget.DayBegan)
                .SetProperty(a => a.CodesInDay, budget.InDay),
            CancellationToken.None) == 1;
}
