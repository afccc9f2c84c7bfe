using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>PUT accounts/{signer}/pin</c>: a new PIN, after the operator has seen who asks. It lifts the lock of the
/// one-time password too: there is no other way back from that one.
/// </summary>
internal sealed class ResetPin(
    IDbContextFactory<AuthorizationDatabase> databases, SigningPin pins, ILogger<ResetPin> logger)
{
    public async Task ActAsync(RegisteredClient caller, string signer, PinReset request, CancellationToken cancel)
    {
        FactorRules.DemandPin(request.Pin);
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        int updated = 0;
        if (Names.IsId(signer))
        {
            (byte[] salt, byte[] verifier) = pins.Create(signer, request.Pin);
            updated = await database.Accounts.Where(a => a.Signer == signer).ExecuteUpdateAsync(
                set => set
                    .SetProperty(a => a.PinSalt, salt)
                    .SetProperty(a => a.PinVerifier, verifier)
                    .SetProperty(a => a.PinFailures, 0)
                    .SetProperty(a => a.OtpFailures, 0),
                cancel);
        }

        if (updated == 0)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such signer.");
        }

        logger.PinReset(signer, caller.Id);
    }
}
