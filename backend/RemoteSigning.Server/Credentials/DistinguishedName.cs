using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace RemoteSigning.Server.Credentials;

/// <summary>Distinguished names as RFC 4514 strings.</summary>
internal static class DistinguishedName
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    /// <summary>
    /// Short names that are registered for LDAP (RFC 4514, section 3; RFC 4519), and that clients can read: Java's
    /// X500Principal refuses a name with one it does not know, as are SN, title and organizationIdentifier. The number is good for all.
    /// </summary>
    private static readonly Dictionary<string, string> ShortNames = new()
    {
        [CommonName] = "CN",
        ["2.5.4.4"] = "surname",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        [Organization] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.42"] = "givenName",
        ["0.9.2342.19200300.100.1.1"] = "UID",
        ["0.9.2342.19200300.100.1.25"] = "DC",
    };

    /// <summary>The subject of a signer's certificate.</summary>
    /// <param name="givenName">Without the characters that <see cref="IsPlain"/> refuses.</param>
    /// <param name="familyName">As above.</param>
    public static string OfPerson(string givenName, string familyName) =>
        $"CN={givenName} {familyName},givenName={givenName},SN={familyName}";

    /// <summary>Whether a name needs no escaping in RFC 4514, so that every parser reads it alike.</summary>
    public static bool IsPlain(string name) =>
        name.Length is > 0 and <= 64 && name.Trim() == name && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c) || "\",+;<>\\=#".Contains(c));

    public static string Format(X500DistinguishedName name)
    {
        var relative = new List<string>();
        AsnReader names = new AsnReader(name.RawData, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var attributes = new List<string>();
            AsnReader set = names.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                AsnReader attribute = set.ReadSequence();
                attributes.Add(Format(attribute.ReadObjectIdentifier(), attribute.ReadEncodedValue()));
            }

            relative.Add(string.Join('+', attributes));
        }

        // RFC 4514, 2.1: the last one comes first.
        relative.Reverse();
        return string.Join(',', relative);
    }

    /// <summary>Organization and common name, as the error text of an expired certificate shows them.</summary>
    public static string Short(string subject)
    {
        var parts = new Dictionary<string, string>();
        foreach (X500RelativeDistinguishedName part in new X500DistinguishedName(subject).EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value is { } oid && part.GetSingleElementValue() is { } value)
            {
                parts[oid] = $"{ShortNames.GetValueOrDefault(oid, oid)}={value}";
            }
        }

        return string.Join(',', new[] { Organization, CommonName }.Where(parts.ContainsKey).Select(oid => parts[oid]));
    }

    private static string Format(string oid, ReadOnlyMemory<byte> value)
    {
        if (!ShortNames.TryGetValue(oid, out string? name))
        {
            return $"{oid}=#{Convert.ToHexStringLower(value.Span)}";
        }

        var reader = new AsnReader(value, AsnEncodingRules.DER);
        var type = (UniversalTagNumber)reader.PeekTag().TagValue;
        bool isText = type is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString
            or UniversalTagNumber.IA5String or UniversalTagNumber.BMPString or UniversalTagNumber.T61String;
        return isText ? $"{name}={Escape(reader.ReadCharacterString(type))}" : $"{name}=#{Convert.ToHexStringLower(value.Span)}";
    }

    /// <summary>RFC 4514, 2.4.</summary>
    private static string Escape(string value)
    {
        var escaped = new StringBuilder();
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            bool atEdge = (i == 0 && (c is ' ' or '#')) || (i == value.Length - 1 && c == ' ');
            if (c == '\0')
            {
                escaped.Append("\\00");
                continue;
            }

            escaped.Append(atEdge || "\"+,;<>\\".Contains(c) ? "\\" : "").Append(c);
        }

        return escaped.ToString();
    }
}
