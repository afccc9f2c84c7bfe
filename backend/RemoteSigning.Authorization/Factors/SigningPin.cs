using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// The signing PIN, one for each signer. A try is counted in the database before it is looked at, so that
/// neither parallel tries nor a crash can gain one; <see cref="MaximumFailures"/> wrong ones lock the PIN.
/// </summary>
internal sealed class SigningPin(AuthorizationKeys keys, ILogger<SigningPin> logger)
{
    public const int MaximumFailures = 5;

    private const int SaltLength = 16;

    /// <summary>Salt and verifier of a new PIN.</summary>
    public (byte[] Salt, byte[] Verifier) Create(string signer, string pin)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        return (salt, keys.VerifierOfPin(signer, salt, pin));
    }

    /// <summary>Returns when the PIN is right. The counter stays up until <see cref="Forget"/> is saved.</summary>
    /// <exception cref="ProblemException">It is wrong or locked.</exception>
    public async Task CheckAsync(AuthorizationDatabase database, AccountRow account, string pin, CancellationToken cancel)
    {
        // The HSM comes first: when it is away nothing is compared, and no try is lost.
        byte[] verifier = keys.VerifierOfPin(account.Signer, account.PinSalt, pin);
        int counted = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.PinFailures < MaximumFailures)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.PinFailures, a => a.PinFailures + 1), cancel);
        if (counted == 0)
        {
            logger.PinLocked(account.Signer);
            throw new ProblemException(Problem.PinLocked, ProblemCodes.PinLocked, "The PIN is locked.");
        }

        if (!CryptographicOperations.FixedTimeEquals(verifier, account.PinVerifier))
        {
            logger.PinWrong(account.Signer);
            throw new ProblemException(Problem.PinIncorrect, ProblemCodes.PinInvalid, "The PIN is wrong.");
        }
    }

    /// <summary>Marks the counter to be set back with the next save, whatever it was when the row was read.</summary>
    public static void Forget(AuthorizationDatabase database, AccountRow account)
    {
        account.PinFailures = 0;
        database.Entry(account).Property(a => a.PinFailures).IsModified = true;
    }
}
