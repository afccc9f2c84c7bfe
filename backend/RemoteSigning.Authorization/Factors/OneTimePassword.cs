using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// The code of an authenticator app. Tries are counted as those of the PIN are, by a counter of their own,
/// and a time step is accepted once: the database moves the last step only forward. A code that was right but
/// comes again is refused and not counted: it is no guess, and a program that signs in parallel sends it often.
/// </summary>
internal sealed class OneTimePassword(AuthorizationKeys keys, TimeProvider clock, ILogger<OneTimePassword> logger)
{
    public const int MaximumFailures = 5;

    /// <summary>A new secret, for the app and as it is stored.</summary>
    public (string Base32, byte[] Protected) Create(string signer)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(Totp.SecretLength);
        (string, byte[]) result = (Base32.Encode(secret), keys.ProtectTotpSecret(signer, secret));
        CryptographicOperations.ZeroMemory(secret);
        return result;
    }

    /// <summary>Returns when the code is right and was not used before; it is used then, and the counter set back.</summary>
    /// <exception cref="ProblemException">It is wrong, used or locked.</exception>
    public async Task UseAsync(AuthorizationDatabase database, AccountRow account, string code)
    {
        byte[] secret = keys.UnprotectTotpSecret(account.Signer, account.TotpSecret);
        long? step = Totp.Match(secret, code, clock.GetUtcNow());
        CryptographicOperations.ZeroMemory(secret);

        // As for the PIN: one statement for right and wrong, committed before anybody learns which it was.
        int counted = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.OtpFailures < MaximumFailures && (step == null || a.TotpStep < step))
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(a => a.TotpStep, a => step ?? a.TotpStep)
                    .SetProperty(a => a.OtpFailures, a => step == null ? a.OtpFailures + 1 : 0),
                CancellationToken.None);
        if (counted == 0)
        {
            throw await RefusalAsync(database, account.Signer);
        }

        if (step is null)
        {
            logger.OtpWrong(account.Signer);
            throw Wrong();
        }
    }

    public static ProblemException Locked() =>
        new(Problem.PinLocked, ProblemCodes.OtpLocked, "The one-time password is locked.");

    public static ProblemException Wrong() =>
        new(Problem.PinIncorrect, ProblemCodes.OtpInvalid, "The one-time password is wrong.");

    /// <summary>Why nothing could be counted: the code is locked, or else its step was used.</summary>
    private async Task<ProblemException> RefusalAsync(AuthorizationDatabase database, string signer)
    {
        if (await database.Accounts.AnyAsync(a => a.Signer == signer && a.OtpFailures < MaximumFailures, CancellationToken.None))
        {
            logger.OtpReused(signer);
            return Wrong();
        }

        logger.OtpLocked(signer);
        return Locked();
    }
}
