using System.Globalization;
using System.Text;

namespace RemoteSigning.Authorization.Api;

/// <summary>Text of a stranger, made fit to be shown: it cannot move, hide or reorder what stands around it.</summary>
internal static class CleanText
{
    /// <summary>
    /// Drops control and format characters (all bidirectional ones among them), line ends, unpaired surrogates
    /// and unassigned characters, then keeps the first <paramref name="maximum"/> UTF-16 units, no half character.
    /// </summary>
    public static string Of(string? text, int maximum)
    {
        var result = new StringBuilder();
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            bool whole = Rune.DecodeFromUtf16(rest, out Rune rune, out int used) == System.Buffers.OperationStatus.Done;
            rest = rest[used..];
            if (!whole || IsDangerous(rune))
            {
                continue;
            }

            if (result.Length + rune.Utf16SequenceLength > maximum)
            {
                break;
            }

            result.Append(rune.ToString());
        }

        return result.ToString();
    }

    private static bool IsDangerous(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.PrivateUse;
}
