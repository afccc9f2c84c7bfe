using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Names of certificate subjects. An assignment gives one as text (RFC 4514, most specific first); what is
/// sealed is its DER. Two names are equal when they have the same attributes with the same values in the
/// same order; whether a value is a PrintableString or a UTF8String does not matter, its case does.
/// </summary>
internal static class DistinguishedName
{
    private const int LongestText = 512;

    /// <exception cref="CryptographicException">The text is not a distinguished name.</exception>
    public static byte[] Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
        {
            throw new CryptographicException("A subject has 1 to 512 characters.");
        }

        return new X500DistinguishedName(text).RawData;
    }

    /// <summary>False also when <paramref name="other"/> is no Name at all.</summary>
    public static bool AreEqual(byte[] sealedName, byte[] other)
    {
        if (sealedName.AsSpan().SequenceEqual(other))
        {
            return true;
        }

        try
        {
            return Attributes(sealedName).SequenceEqual(Attributes(other));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>One text for each relative name; a multi-valued one is compared by its bytes.</summary>
    private static IEnumerable<string> Attributes(byte[] name) =>
        new X500DistinguishedName(name).EnumerateRelativeDistinguishedNames(reversed: false).Select(part => part.HasMultipleElements
            ? Convert.ToHexString(part.RawData.Span)
            : $"{part.GetSingleElementType().Value}={part.GetSingleElementValue()}");
}
