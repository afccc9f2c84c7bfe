using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>
/// The HTTP request that has an SMS sent. <c>{number}</c>, <c>{text}</c> and <c>{secret}</c> may stand in path and query of
/// the URL and in the body, <c>{secret}</c> in headers too; each is escaped for the place where it stands.
/// </summary>
internal sealed class SmsOptions
{
    public const string Json = "application/json";
    public const string Form = "application/x-www-form-urlencoded";

    /// <summary>https, or http on loopback.</summary>
    [Required]
    public string Url { get; set; } = "";

    [AllowedValues("POST", "PUT", "GET")]
    public string Method { get; set; } = "POST";

    public Dictionary<string, string> Headers { get; set; } = [];

    /// <summary><see cref="Json"/> or <see cref="Form"/>; it says how the body is escaped.</summary>
    [AllowedValues(Json, Form)]
    public string ContentType { get; set; } = Json;

    /// <summary>In JSON a placeholder stands inside a string's quotation marks. Null: no body.</summary>
    public string? Body { get; set; }

    /// <summary>The HTTP statuses that say that the gateway took the message.</summary>
    public List<int> SuccessStatus { get; set; } = [];

    /// <summary>PEM file with the only root that is trusted; null for the system's.</summary>
    public string? TrustedRoot { get; set; }

    /// <summary>Owner-only file with what <c>{secret}</c> stands for.</summary>
    public string? SecretFile { get; set; }
}
