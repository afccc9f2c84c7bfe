using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>
/// The messages in one language. <c>{service}</c>, <c>{code}</c> and <c>{minutes}</c> are always known; <c>{count}</c>,
/// <c>{label}</c> and <c>{description}</c> are not, and a line that names an unknown one is left out.
/// </summary>
internal sealed class CodeTextOptions
{
    /// <summary>RFC 5646, as in <c>de</c> or <c>de-AT</c>.</summary>
    [Required, RegularExpression("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")]
    public string Language { get; set; } = "";

    /// <summary>Of the e-mail; without the code, which would then stand on locked screens and in logs of mail servers.</summary>
    [Required, StringLength(120)]
    public string Subject { get; set; } = "";

    [Required, StringLength(4000)]
    public string Email { get; set; } = "";

    [Required, StringLength(600)]
    public string Sms { get; set; } = "";
}
