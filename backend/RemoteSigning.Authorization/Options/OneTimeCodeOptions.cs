using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace RemoteSigning.Authorization.Options;

/// <summary>One-time codes that are sent: how long they live, how often they are sent, what the messages say, and who carries them.</summary>
internal sealed class OneTimeCodeOptions
{
    [Range(6, 8)]
    public int Digits { get; set; } = 6;

    /// <summary>Life of a code.</summary>
    [Range(60, 900)]
    public int Seconds { get; set; } = 300;

    /// <summary>From one code to the next for the same signer.</summary>
    [Range(5, 900)]
    public int ResendSeconds { get; set; } = 30;

    /// <summary>For one signer in the hour that begins with the first code.</summary>
    [Range(1, 1000)]
    public int PerHour { get; set; } = 10;

    /// <summary>For one signer in the day that begins with the first code.</summary>
    [Range(1, 10_000)]
    public int PerDay { get; set; } = 30;

    /// <summary>For handing one message over; shorter than <see cref="ResendSeconds"/>.</summary>
    [Range(1, 25)]
    public int DeliverySeconds { get; set; } = 10;

    /// <summary>What signers know the service by.</summary>
    [Required, StringLength(60)]
    public string ServiceName { get; set; } = "";

    /// <summary>The language of the texts when none is asked for that is there.</summary>
    [Required]
    public string DefaultLanguage { get; set; } = "en";

    /// <summary>By language (RFC 5646). English is there by itself and can be replaced.</summary>
    [ValidateEnumeratedItems]
    public List<CodeTextOptions> Texts { get; set; } = [];

    /// <summary>Absent: no codes by e-mail.</summary>
    [ValidateObjectMembers]
    public SmtpOptions? Smtp { get; set; }

    /// <summary>Absent: no codes by SMS.</summary>
    [ValidateObjectMembers]
    public SmsOptions? Sms { get; set; }
}
