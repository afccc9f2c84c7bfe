using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Codes;

/// <summary>The channels that this installation has.</summary>
internal sealed class CodeChannels
{
    private readonly Dictionary<string, ICodeSender> _senders = [];

    /// <summary>Reads the secrets, so that a missing one stops the start.</summary>
    public CodeChannels(AuthorizationOptions options, TimeProvider clock)
    {
        if (options.OneTimeCodes?.Smtp is { } smtp)
        {
            _senders.Add(OtpChannels.Email, new SmtpSender(smtp, options.OneTimeCodes.ServiceName, clock));
        }

        if (options.OneTimeCodes?.Sms is { } sms)
        {
            _senders.Add(OtpChannels.Sms, new SmsSender(sms));
        }
    }

    public ICodeSender? Find(string channel) => _senders.GetValueOrDefault(channel);

    /// <summary>Where this account's codes go; null when it has no address for that channel.</summary>
    public static string? AddressOf(AccountRow account, string channel) => channel switch
    {
        OtpChannels.Email => account.CodeEmail ?? (Mailbox.IsAddress(account.Email) ? account.Email : null),
        OtpChannels.Sms => account.PhoneNumber,
        _ => null,
    };

    public static string Mask(string channel, string address) =>
        channel == OtpChannels.Email ? Mailbox.MaskEmail(address) : Mailbox.MaskPhoneNumber(address);
}
