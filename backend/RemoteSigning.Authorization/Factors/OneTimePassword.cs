using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// The code of an authenticator app. Tries are counted as those of the PIN are, by a counter of their own,
/// and a time step is accepted once: the database moves the last step only forward.
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
    public async Task UseAsync(AuthorizationDatabase database, AccountRow account, string code, CancellationToken cancel)
    {
        byte[] secret = keys.UnprotectTotpSecret(account.Signer, account.TotpSecret);
        int counted = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.OtpFailures < MaximumFailures)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.OtpFailures, a => a.OtpFailures + 1), cancel);
        if (counted == 0)
        {
            logger.OtpLocked(account.Signer);
            throw new ProblemException(Problem.PinLocked, ProblemCodes.OtpLocked, "The one-time password is locked.");
        }

        long? step = Totp.Match(secret, code, clock.GetUtcNow());
        CryptographicOperations.ZeroMemory(secret);
        if (step is null)
        {
            logger.OtpWrong(account.Signer);
            throw Refusal();
        }

        int accepted = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.TotpStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.TotpStep, step.Value).SetProperty(a => a.OtpFailures, 0), cancel);
        if (accepted == 0)
        {
            logger.OtpReused(account.Signer);
            throw Refusal();
        }
    }

    private static ProblemException Refusal() =>
        new(Problem.PinIncorrect, ProblemCodes.OtpInvalid, "The one-time password is wrong.");
}
