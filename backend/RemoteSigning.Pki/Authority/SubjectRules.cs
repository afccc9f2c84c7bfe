using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts;

namespace RemoteSigning.Pki.Authority;

/// <summary>
/// Which names are certified. The registration authority answers for their truth; here it is only ensured that
/// a name can be shown to people as what it is.
/// </summary>
internal static partial class SubjectRules
{
    private const string CommonName = "2.5.4.3";
    private const string Country = "2.5.4.6";
    private const string EmailAddress = "1.2.840.113549.1.9.1";
    private const int MaximumAttributes = 10;
    private const int MaximumEmail = 254;

    /// <summary>Attribute types and their upper bounds (RFC 5280, appendix A.1).</summary>
    private static readonly Dictionary<string, int> Bounds = new()
    {
        [CommonName] = 64,
        ["2.5.4.4"] = 64, // surname
        ["2.5.4.42"] = 64, // givenName
        ["2.5.4.5"] = 64, // serialNumber
        [Country] = 2,
        ["2.5.4.7"] = 128, // localityName
        ["2.5.4.10"] = 64, // organizationName
        ["2.5.4.11"] = 64, // organizationalUnitName
        ["2.5.4.12"] = 64, // title
        [EmailAddress] = MaximumEmail,
    };

    /// <exception cref="ProblemException">Such a name is not certified.</exception>
    public static void Check(X500DistinguishedName subject, string? email)
    {
        if (email is not null && (email.Length > MaximumEmail || !Mailbox().IsMatch(email)))
        {
            throw Refuse("The e-mail address is not one that can be certified.");
        }

        var seen = new HashSet<string>();
        foreach (X500RelativeDistinguishedName part in subject.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            string type = part.HasMultipleElements ? "" : part.GetSingleElementType().Value ?? "";
            if (!Bounds.TryGetValue(type, out int bound) || !seen.Add(type) || seen.Count > MaximumAttributes)
            {
                throw Refuse("The subject has an attribute that is not certified, or has one twice.");
            }

            CheckValue(type, part.GetSingleElementValue(), bound, email);
        }

        if (!seen.Contains(CommonName))
        {
            throw Refuse("The subject has no common name.");
        }
    }

    private static void CheckValue(string type, string? value, int bound, string? email)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length > bound || !value.EnumerateRunes().All(IsPlain))
        {
            throw Refuse("The subject has a value that is empty, too long, or not plain text.");
        }

        if (type == Country && !CountryCode().IsMatch(value))
        {
            throw Refuse("The country must be two capital letters.");
        }

        if (type == EmailAddress && value != email)
        {
            throw Refuse("The subject's e-mail address must be the alternative name as well.");
        }
    }

    /// <summary>Not what could hide or reorder other characters.</summary>
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        && rune != Rune.ReplacementChar;

    private static ProblemException Refuse(string sentence) => new(Problem.InvalidRequest, ProblemCodes.Malformed, sentence);

    [GeneratedRegex(@"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z")]
    private static partial Regex Mailbox();

    [GeneratedRegex(@"\A[A-Z]{2}\z")]
    private static partial Regex CountryCode();
}
