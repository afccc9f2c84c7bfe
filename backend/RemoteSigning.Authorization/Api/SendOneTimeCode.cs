using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST one_time_codes</c>: sends the signer a fresh code to the address that an operator registered. It holds when the
/// message was handed over; until then the older one does.
/// </summary>
internal sealed class SendOneTimeCode(
    IDbContextFactory<AuthorizationDatabase> databases,
    SentCode codes,
    CodeChannels channels,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<SendOneTimeCode> logger)
{
    private readonly CodeTexts? _texts = options.OneTimeCodes is { } codeOptions ? new CodeTexts(codeOptions) : null;

    public async Task<OneTimeCode> ActAsync(
        RegisteredClient caller, OneTimeCodeRequest request, CancellationToken cancel)
    {
        if (request.NumSignatures is < 1 or > ActivationEntries.Maximum)
        {
            throw Names.Malformed($"num_signatures is 1 to {ActivationEntries.Maximum}.");
        }

        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        OwnCredential own = await OwnCredential.FindAsync(
            database, caller, request.AccessToken, request.CredentialId, clock.GetUtcNow(), cancel);
        if (own.Credential is not { AuthMode: CredentialRow.Explicit, OtpChannel: { } channel })
        {
            throw new ProblemException(Problem.NotAllowed, ProblemCodes.NotAllowed, "This credential's codes are not sent.");
        }

        return await SendAsync(database, own, channel, request);
    }

    /// <summary>From here on nobody can call it off: a code that was sent has to be one that holds.</summary>
    private async Task<OneTimeCode> SendAsync(
        AuthorizationDatabase database, OwnCredential own, string channel, OneTimeCodeRequest request)
    {
        string signer = own.Account.Signer;
        if (options.OneTimeCodes is not { } limits || channels.Find(channel) is not { } sender || _texts is null
            || CodeChannels.AddressOf(own.Account, channel) is not { } address)
        {
            throw NotSent("the channel or the account's address for it is not there", own, channel);
        }

        (string code, byte[] salt, byte[] verifier) = codes.Create(signer, own.Credential.CredentialId, limits.Digits);
        CodeMessage message = _texts.Write(channel, code, request);
        (int number, CodeBudget before) = await codes.ReserveAsync(database, signer, limits);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(limits.DeliverySeconds));
        try
        {
            await sender.SendAsync(address, message, deadline.Token);
        }
        catch (DeliveryException e)
        {
            await SentCode.GiveBackAsync(database, signer, number, before);
            throw NotSent(e.Message, own, channel);
        }

        if (!await codes.StoreAsync(database, signer, number, salt, verifier, limits.Seconds))
        {
            throw NotSent("a newer one was asked for meanwhile", own, channel);
        }

        logger.CodeSent(signer, own.Credential.CredentialId, channel);
        return new OneTimeCode(channel, CodeChannels.Mask(channel, address), limits.Seconds);
    }

    private ProblemException NotSent(string reason, OwnCredential own, string channel)
    {
        logger.CodeNotSent(own.Account.Signer, own.Credential.CredentialId, channel, reason);
        return new ProblemException(Problem.Unavailable, ProblemCodes.OtpNotSent, "The code could not be sent now.");
    }
}
