namespace RemoteSigning.Server.Csc;

/// <summary>What a signer approves signatures with, and how it is called where clients ask for it.</summary>
internal sealed record SignerFactors(string? Pin, string? Otp)
{
    /// <summary>Ids of the authentication objects of v2.</summary>
    public const string PinId = "PIN";
    public const string OtpId = "OTP";

    public const string PinLabel = "Signing PIN";
    public const string PinDescription = "The PIN of the card.";
    public const string OtpLabel = "One-time code";
    public const string OtpGenerator = "totp";

    /// <param name="sentTo">Where codes are sent, masked; null for those of an app.</param>
    public static string OtpDescription(string? sentTo) => sentTo switch
    {
        null => "The code that the authenticator app shows now.",
        "" => "The code that is sent when it is asked for.",
        _ => $"The code that is sent to {sentTo} when it is asked for.",
    };

    /// <summary>With the value of one authentication object; null when there is none of that id.</summary>
    public SignerFactors? With(string id, string? value) => id switch
    {
        PinId => this with { Pin = value },
        OtpId => this with { Otp = value },
        _ => null,
    };

    /// <summary>Hides its values: records print them.</summary>
    public override string ToString() => nameof(SignerFactors);
}
