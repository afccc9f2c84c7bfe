using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>
/// The signing PIN, one for each signer; <see cref="MaximumFailures"/> wrong ones in a row lock it. The verdict is
/// told after the one statement that counts it is committed, so neither parallel tries nor a crash can gain one,
/// and a right PIN never counts as a failure.
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

    /// <summary>Returns when the PIN is right; the counter is set back then. No caller can call it off.</summary>
    /// <param name="opened">A transaction that this PIN alone approves: it is stored with the verdict, if that is right.</param>
    /// <exception cref="ProblemException">It is wrong or locked.</exception>
    public async Task CheckAsync(AuthorizationDatabase database, AccountRow account, string pin, TransactionRow? opened = null)
    {
        byte[] verifier = keys.VerifierOfPin(account.Signer, account.PinSalt, pin);
        bool right = CryptographicOperations.FixedTimeEquals(verifier, account.PinVerifier);

        // The same statement for right and wrong: whoever hinders the counting hinders every verdict. The row's lock
        // brings parallel tries into an order. Not the caller's token: hanging up must not save a try.
        bool counted = opened is null
            ? await CountAsync(database, account, right)
            : await PostgreSql.CountPinAsync(database, right, MaximumFailures, opened);
        if (!counted)
        {
            logger.PinLocked(account.Signer);
            throw new ProblemException(Problem.PinLocked, ProblemCodes.PinLocked, "The PIN is locked.");
        }

        if (!right)
        {
            logger.PinWrong(account.Signer);
            throw new ProblemException(Problem.PinIncorrect, ProblemCodes.PinInvalid, "The PIN is wrong.");
        }
    }

    private static async Task<bool> CountAsync(AuthorizationDatabase database, AccountRow account, bool right) => await database.Accounts
        .Where(a => a.Signer == account.Signer && a.PinFailures < MaximumFailures)
        .ExecuteUpdateAsync(
            set => set.SetProperty(a => a.PinFailures, a => right ? 0 : a.PinFailures + 1), CancellationToken.None) > 0;
}
