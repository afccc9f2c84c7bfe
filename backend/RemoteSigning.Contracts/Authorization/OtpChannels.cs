namespace RemoteSigning.Contracts.Authorization;

/// <summary>The ways on which a one-time code is sent; a credential without one takes the codes of an authenticator app.</summary>
public static class OtpChannels
{
    /// <summary>To the account's e-mail address.</summary>
    public const string Email = "email";

    /// <summary>To the account's telephone number.</summary>
    public const string Sms = "sms";
}
