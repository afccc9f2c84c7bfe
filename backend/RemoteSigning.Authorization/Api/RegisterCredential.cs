using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary><c>POST credentials</c>: what a credential demands, once and for good.</summary>
internal sealed class RegisterCredential(
    IDbContextFactory<AuthorizationDatabase> databases, CodeChannels channels, TimeProvider clock, ILogger<RegisterCredential> logger)
{
    public async Task ActAsync(RegisteredClient caller, CredentialRegistration request, CancellationToken cancel)
    {
        Validate(request);
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        AccountRow account = await database.Accounts.SingleOrDefaultAsync(a => a.Signer == request.Signer, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such signer.");
        DemandReachable(account, request.OtpChannel);

        await DemandPolicyAsync(database, caller, request, cancel);
        database.Credentials.Add(new CredentialRow
        {
            CredentialId = request.CredentialId,
            KeyId = request.KeyId,
            Signer = request.Signer,
            Ssa = caller.Id,
            Scal = request.Scal,
            AuthMode = request.AuthMode,
            Pin = request.Pin,
            Otp = request.Otp,
            OtpChannel = request.OtpChannel,
            Multisign = request.Multisign,
            Policy = request.Policy,
            CreatedAt = clock.GetUtcNow(),
        });
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException e) when (PostgreSql.IsDuplicate(e))
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "The credential or its key is registered already.", e);
        }

        logger.CredentialRegistered(request.CredentialId, request.Signer, caller.Id);
    }

    /// <summary>
    /// Who says that devices approve, or that the signer agreed, is held to what was registered, and nobody can say less afterwards.
    /// </summary>
    private static async Task DemandPolicyAsync(
        AuthorizationDatabase database, RegisteredClient caller, CredentialRegistration request, CancellationToken cancel)
    {
        DeviceRegistrationRow? devices = await database.DeviceRegistrations.AsNoTracking()
            .SingleOrDefaultAsync(r => r.CredentialId == request.CredentialId, cancel);
        bool isOther = devices is null && await database.DeviceRegistrations.AnyAsync(r => r.KeyId == request.KeyId, cancel);
        bool fits = devices is null
            ? request.Policy == KeyPolicies.Delegated && !isOther
            : devices.Minted > 0 && devices.KeyId == request.KeyId && devices.Signer == request.Signer && devices.Ssa == caller.Id
                && devices.HasDevices == (request.Policy == KeyPolicies.Device);
        if (!fits)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "The policy is not that of the devices' registration.");
        }
    }

    private static void Validate(CredentialRegistration request)
    {
        Names.DemandId(request.CredentialId, "credential_id");
        Names.DemandId(request.KeyId, "key_id");
        Names.DemandId(request.Signer, "signer");
        if (request.Scal is not ("1" or "2"))
        {
            throw Names.Malformed("scal is 1 or 2.");
        }

        if (request.AuthMode is not (CredentialRow.Explicit or CredentialRow.OAuthCode))
        {
            throw Names.Malformed("auth_mode is explicit or oauth2code.");
        }

        if (request.Policy is not (KeyPolicies.Delegated or KeyPolicies.Device))
        {
            throw Names.Malformed($"policy is {KeyPolicies.Delegated} or {KeyPolicies.Device}.");
        }

        if (request is { AuthMode: CredentialRow.Explicit, Pin: false, Otp: false })
        {
            throw Names.Malformed("An explicit credential demands a PIN, a one-time password or both.");
        }

        if (request is { OtpChannel: not null, Otp: false })
        {
            throw Names.Malformed("otp_channel is for credentials that demand a one-time code.");
        }

        if (request.Multisign is < 1 or > ActivationEntries.Maximum)
        {
            throw Names.Malformed($"multisign is 1 to {ActivationEntries.Maximum}.");
        }
    }

    /// <summary>A credential whose codes could never arrive would be of no use, and nobody could mend it.</summary>
    private void DemandReachable(AccountRow account, string? channel)
    {
        if (channel is null)
        {
            return;
        }

        if (channels.Find(channel) is null)
        {
            throw Names.Malformed("otp_channel is none on which this service sends codes.");
        }

        if (CodeChannels.AddressOf(account, channel) is null)
        {
            throw Names.Malformed("The account has no address or number for this otp_channel.");
        }
    }
}
