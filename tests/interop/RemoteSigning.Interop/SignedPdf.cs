using System.Text;
using System.Text.RegularExpressions;

namespace RemoteSigning.Interop;

/// <summary>Has three programs look at the signatures in a PDF file: pdfsig, qpdf, and openssl at the CMS inside.</summary>
internal static partial class SignedPdf
{
    public const string VerifiedBy = "pdfsig (trusted), qpdf, openssl cms";

    /// <summary>Fails unless the file has so many signatures, all good, and the last is by the key and covers the file.</summary>
    /// <param name="database">An NSS database that trusts the signers' root.</param>
    public static void Verify(Card card, CardKey key, string database, string file, int signatures)
    {
        string verdict = card.Run("pdfsig", ["-nssdir", $"sql:{database}", file]);
        ExpectCount(verdict, "Signature is Valid.", signatures);
        ExpectCount(verdict, "Certificate is Trusted.", signatures);
        ExpectCount(verdict, "Total document signed", 1);
        Card.Expect(card.Run("qpdf", ["--check", file]), "No syntax or stream encoding errors found");
        VerifyWithOpenssl(card, key, file, signatures);
    }

    /// <summary>The text that each signature covers is all but its own value (ISO 32000-1, 12.8.1); that value is a detached CMS.</summary>
    private static void VerifyWithOpenssl(Card card, CardKey key, string file, int signatures)
    {
        byte[] pdf = File.ReadAllBytes(file);
        MatchCollection ranges = ByteRange().Matches(Encoding.Latin1.GetString(pdf));
        if (ranges.Count != signatures)
        {
            throw new InteropException($"{file} has {ranges.Count} signatures, not {signatures}.");
        }

        foreach (Match range in ranges)
        {
            int[] r = [.. range.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, System.Globalization.CultureInfo.InvariantCulture))];
            File.WriteAllBytes(file + ".content", [.. pdf.AsSpan(r[0], r[1]), .. pdf.AsSpan(r[2], r[3])]);
            File.WriteAllBytes(file + ".cms", Convert.FromHexString(Encoding.ASCII.GetString(pdf, r[1] + 1, r[2] - r[1] - 2)));
            Card.Expect(
                card.Run(
                    "openssl",
                    ["cms", "-verify", "-inform", "DER", "-binary", "-in", file + ".cms", "-content", file + ".content", "-out", "/dev/null",
                        "-CAfile", card.RootCertificate, "-certfile", card.IssuingCertificate, "-signer", file + ".signer"]),
                "CMS Verification successful");
        }

        Card.Expect(File.ReadAllText(file + ".signer"), File.ReadAllText(key.Certificate).Trim());
    }

    private static void ExpectCount(string text, string part, int count)
    {
        if (text.Split(part).Length - 1 != count)
        {
            throw new InteropException($"\"{part}\" was expected {count} times in: {text.Trim()}");
        }
    }

    [GeneratedRegex(@"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")]
    private static partial Regex ByteRange();
}
