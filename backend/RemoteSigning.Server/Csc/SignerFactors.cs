namespace RemoteSigning.Server.Csc;

/// <summary>What a signer approves signatures with, and how it is called where clients ask for it.</summary>
/// <param name="Device">Whether a device of the signer is to approve elsewhere.</param>
internal sealed record SignerFactors(string? Pin, string? Otp, bool Device = false)
{
    /// <summary>Ids of the authentication objects of v2.</summary>
    public const string PinId = "PIN";
    public const string OtpId = "OTP";
    public const string DeviceId = "DEVICE";

    public const string PinLabel = "Signing PIN";
    public const string PinDescription = "The PIN of the card.";
    public const string OtpLabel = "One-time code";
    public const string DeviceLabel = "Device";
    public const string DeviceDescription = "The signer's registered device, which approves in another place.";
    public const string OtpGenerator = "totp";

    /// <param name="sentTo">Where codes are sent, masked; null for those of an app.</param>
    public static string OtpDescription(string? sentTo) => sentTo switch
    {
        null => "The code that the authenticator app shows now.",
        "" => "The code that is sent when it is asked for.",
        _ => $"The code that is sent to {sentTo} when it is asked for.",
    };

    /// <summary>With the value of one authentication object; null when there is none of that id, or none with a value.</summary>
    public SignerFactors? With(string id, string? value) => id switch
    {
        PinId => this with { Pin = value },
        OtpId => this with { Otp = value },
        DeviceId when value is null => this with { Device = true },
        _ => null,
    };

    /// <summary>Hides its values: records print them.</summary>
    public override string ToString() => nameof(SignerFactors);
}
