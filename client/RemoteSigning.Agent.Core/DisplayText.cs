using System.Globalization;
using System.Text;

namespace RemoteSigning.Agent.Core;

/// <summary>
/// Text from elsewhere (a program's path, a server's label) made fit for a person's screen: what could move the
/// cursor, hide or reorder text is replaced, and it is capped.
/// </summary>
internal static class DisplayText
{
    /// <summary>What a program says of itself may be this long on a screen, in UTF-16 units.</summary>
    public const int LongestQuotation = 120;

    /// <summary>
    /// Text that a program gave, in quotation marks, of which there are two in the result: whatever it says, a person sees where it ends.
    /// </summary>
    public static string Quote(string text) => $"\"{Clean(text, LongestQuotation).Replace('"', '\'')}\"";

    public static string Clean(string text, int maximum)
    {
        var clean = new StringBuilder(Math.Min(text.Length, maximum));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maximum)
            {
                clean.Length = Math.Min(clean.Length, maximum - 1);
                return clean.Append('…').ToString();
            }

            clean.Append(IsVisible(rune) ? rune.ToString() : "?");
        }

        return clean.ToString();
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        && rune != Rune.ReplacementChar;
}
