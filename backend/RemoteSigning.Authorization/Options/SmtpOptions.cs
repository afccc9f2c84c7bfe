using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>The mail server that takes our messages (RFC 6409). There is no way to it without TLS.</summary>
internal sealed class SmtpOptions
{
    public const string StartTls = "starttls";
    public const string Implicit = "implicit";

    /// <summary>Name or IP address, as in the server's certificate.</summary>
    [Required]
    public string Host { get; set; } = "";

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary><see cref="StartTls"/> (RFC 3207), or <see cref="Implicit"/> (RFC 8314, mostly at port 465).</summary>
    [AllowedValues(StartTls, Implicit)]
    public string Security { get; set; } = StartTls;

    /// <summary>PEM file with the only root that is trusted; null for the system's.</summary>
    public string? TrustedRoot { get; set; }

    /// <summary>The address that the messages come from.</summary>
    [Required]
    public string From { get; set; } = "";

    /// <summary>Null: no authentication.</summary>
    public string? UserName { get; set; }

    /// <summary>Owner-only file.</summary>
    public string? PasswordFile { get; set; }
}
