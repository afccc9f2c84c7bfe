using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>What became of an <see cref="ApprovalNoticeRequest"/>.</summary>
/// <param name="Outcome">One of the constants.</param>
public sealed record ApprovalNotice([property: JsonRequired] string Outcome)
{
    /// <summary>The mail server took it; that it arrives nobody can promise.</summary>
    public const string Sent = "sent";

    /// <summary>The signer was told of another one a short time ago.</summary>
    public const string TooSoon = "too_soon";

    /// <summary>There is no way to send e-mail, no address, or the mail server did not take it.</summary>
    public const string NotSent = "not_sent";
}
