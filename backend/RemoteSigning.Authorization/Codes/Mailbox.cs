using System.Text.RegularExpressions;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Addresses and numbers to which codes go, and how much of them is shown.</summary>
internal static partial class Mailbox
{
    private const int AddressMaximum = 254;

    /// <summary>An ASCII dot-atom on both sides (RFC 5322, 3.4.1): nothing in it can mean anything to a mail server.</summary>
    public static bool IsAddress(string text) => text.Length <= AddressMaximum && Address().IsMatch(text);

    /// <summary>E.164: at most 15 digits after the plus.</summary>
    public static bool IsPhoneNumber(string text) => PhoneNumber().IsMatch(text);

    /// <summary>First character and domain, as in <c>s***@example.com</c>.</summary>
    public static string MaskEmail(string email) => $"{email[..1]}***{email[email.LastIndexOf('@')..]}";

    /// <summary>The last two digits, as in <c>+***78</c>.</summary>
    public static string MaskPhoneNumber(string number) => $"+***{number[^2..]}";

    [GeneratedRegex(@"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\z")]
    private static partial Regex Address();

    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z")]
    private static partial Regex PhoneNumber();
}
