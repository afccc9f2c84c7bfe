using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Tells a signer, where his codes went until now, that they go elsewhere from now on.</summary>
internal sealed class AddressNotice(CodeChannels channels, AuthorizationOptions options)
{
    /// <summary>By e-mail alone: it says what may not fit into an SMS, and whoever swapped a SIM must not be the only one who reads it.</summary>
    /// <param name="email">The address for codes before the change.</param>
    /// <returns>Null when it was handed over, else why it was not.</returns>
    public async Task<string?> SendAsync(string? email, IReadOnlyList<AddressChangeRow> changes)
    {
        if (email is null || options.OneTimeCodes is not { } codes || channels.Find(OtpChannels.Email) is not { } sender)
        {
            return "there is no way to send e-mail, or no address";
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(codes.DeliverySeconds));
        try
        {
            await sender.SendAsync(email, Write(codes.ServiceName, changes), deadline.Token);
            return null;
        }
        catch (DeliveryException e)
        {
            return e.Message;
        }
    }

    private static CodeMessage Write(string serviceName, IReadOnlyList<AddressChangeRow> changes)
    {
        string service = Api.CleanText.Of(serviceName, 100);
        IEnumerable<string> lines = changes.Select(c =>
            $"{(c.Channel == OtpChannels.Email ? "E-mail" : "SMS")}: {CodeChannels.Mask(c.Channel, c.After)}, before {(c.Before is { } before ? CodeChannels.Mask(c.Channel, before) : "none")}");
        return new CodeMessage(
            $"Your codes of {service} go to another address",
            $"""
            An operator of {service} has changed where your one-time codes go:

            {string.Join('\n', lines)}

            If you did not ask for it, tell {service} at once: somebody else may be signing in your name.

            """.ReplaceLineEndings("\n"));
    }
}
