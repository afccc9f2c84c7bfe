using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Writes an e-mail of plain text (RFC 5322, 2045, 2047) in ASCII. No value can begin a header of its own: all but checked addresses is base64.</summary>
internal static class MailText
{
    /// <summary>UTF-8 bytes in one encoded word of at most 75 characters (RFC 2047, 2).</summary>
    private const int WordBytes = 45;

    private const int LineLength = 76;

    /// <summary>Headers and body, each line ended by CR LF; no line begins with a dot.</summary>
    public static string Write(string from, string fromName, string to, CodeMessage message, DateTimeOffset now)
    {
        string domain = from[(from.LastIndexOf('@') + 1)..];
        string[] lines =
        [
            $"From: {Encode(fromName)} <{from}>",
            $"To: <{to}>",
            $"Subject: {Encode(message.Subject)}",
            $"Date: {now.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} +0000",
            $"Message-ID: <{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{domain}>",
            // RFC 3834: an absent person's automatic reply would carry the code on.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            .. Convert.ToBase64String(Encoding.UTF8.GetBytes(message.Text.Replace("\n", "\r\n", StringComparison.Ordinal)))
                .Chunk(LineLength).Select(line => new string(line)),
            "",
        ];
        return string.Join("\r\n", lines);
    }

    /// <summary>Encoded words, folded; no character is split between two of them.</summary>
    private static string Encode(string text)
    {
        var words = new List<string>();
        var word = new List<byte>();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            int length = rune.EncodeToUtf8(utf8);
            if (word.Count + length > WordBytes)
            {
                words.Add(Word(word));
                word.Clear();
            }

            word.AddRange(utf8[..length]);
        }

        return string.Join("\r\n ", [.. words, Word(word)]);
    }

    private static string Word(List<byte> utf8) => $"=?utf-8?B?{Convert.ToBase64String([.. utf8])}?=";
}
