using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST approval_notices</c>: tells the signer by e-mail that an approval waits for one of his devices. The mail has nothing with which one could
/// approve, and no link, so that a forged one that has a link looks like none of ours.
/// </summary>
internal sealed class TellOfApproval(
    IDbContextFactory<AuthorizationDatabase> databases,
    CodeChannels channels,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<TellOfApproval> logger)
{
    /// <summary>At most one mail to a signer in this time, however often and by whomever it is asked for.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private const int ValueMaximum = 100;

    public async Task<ApprovalNotice> ActAsync(RegisteredClient caller, ApprovalNoticeRequest request, CancellationToken cancel)
    {
        if (request.NumSignatures is < 1 or > ActivationEntries.Maximum)
        {
            throw Names.Malformed($"num_signatures is 1 to {ActivationEntries.Maximum}.");
        }

        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        OwnCredential own = await OwnCredential.FindAsync(
            database, caller, request.AccessToken, request.CredentialId, clock.GetUtcNow(), cancel);
        if (!own.Credential.HasDevices)
        {
            throw new ProblemException(Problem.NotAllowed, ProblemCodes.NotAllowed, "No device approves with this credential.");
        }

        if (options.OneTimeCodes is not { } mail || channels.Find(OtpChannels.Email) is not { } sender
            || CodeChannels.AddressOf(own.Account, OtpChannels.Email) is not { } address)
        {
            return NotSent(own, "there is no way to send e-mail, or no address");
        }

        if (!await ReserveAsync(database, own.Account.Signer))
        {
            return new ApprovalNotice(ApprovalNotice.TooSoon);
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(mail.DeliverySeconds));
        try
        {
            await sender.SendAsync(address, Write(mail.ServiceName, request), deadline.Token);
        }
        catch (DeliveryException e)
        {
            return NotSent(own, e.Message);
        }

        logger.ApprovalTold(own.Account.Signer, own.Credential.CredentialId);
        return new ApprovalNotice(ApprovalNotice.Sent);
    }

    /// <summary>One statement: of several that come at once, one gets the turn. A turn that failed is used up, as nobody knows what went out.</summary>
    private async Task<bool> ReserveAsync(AuthorizationDatabase database, string signer)
    {
        DateTimeOffset now = clock.GetUtcNow();
        DateTimeOffset before = now - Pause;
        return await database.Accounts.Where(a => a.Signer == signer && (a.NoticeSentAt == null || a.NoticeSentAt <= before))
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.NoticeSentAt, now), CancellationToken.None) == 1;
    }

    private static CodeMessage Write(string serviceName, ApprovalNoticeRequest request)
    {
        string service = CleanText.Of(serviceName, ValueMaximum);
        string?[] known =
        [
            Line("Signing key", request.Label),
            $"Number of signatures: {request.NumSignatures}",
            Line("The application says", request.Description),
        ];
        return new CodeMessage(
            $"An approval waits at {service}",
            $"""
            {service} was asked to sign in your name, and waits for one of your devices to approve it.

            {string.Join('\n', known.OfType<string>())}

            Open the program on your device with which you always approve: it shows what is to be signed. There is no link in this message, and {service} never sends one.
            If you did not ask for a signature, refuse it there and tell {service}: somebody else knows your password.

            """.ReplaceLineEndings("\n"));
    }

    private static string? Line(string name, string? value) => CleanText.Of(value, ValueMaximum) is { Length: > 0 } text ? $"{name}: \"{text}\"" : null;

    private ApprovalNotice NotSent(OwnCredential own, string reason)
    {
        logger.ApprovalNotTold(own.Account.Signer, own.Credential.CredentialId, reason);
        return new ApprovalNotice(ApprovalNotice.NotSent);
    }
}
