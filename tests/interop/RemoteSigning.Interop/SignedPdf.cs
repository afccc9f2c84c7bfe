using System.Text;
using System.Text.RegularExpressions;

namespace RemoteSigning.Interop;

/// <summary>Has three programs look at the signatures in a PDF file: pdfsig, qpdf, and openssl at the CMS inside.</summary>
internal static partial class SignedPdf
{
    public const string VerifiedBy = "pdfsig (trusted), qpdf, openssl cms";

    /// <summary>Fails unless the file has so many signatures, all good, and the last is by the key and covers the file.</summary>
    /// <param name="database">An NSS database that trusts the signers' root.</param>
    public static void Verify(Card card, CardKey key, string database, string file, int signatures) => Verify(
        (program, arguments) => card.Run(program, arguments),
        (card.RootCertificate, card.IssuingCertificate, key.Certificate),
        database,
        file,
        signatures);

    /// <summary>The same for what was signed through the servers.</summary>
    /// <param name="folder">With <c>root.pem</c>, <c>issuing.pem</c> and <c>certificate.pem</c> of the key.</param>
    public static void Verify(Servers servers, string folder, string file, int signatures)
    {
        string database = Path.Combine(folder, "nssdb");
        string root = Path.Combine(folder, "root.pem");
        if (!Directory.Exists(database))
        {
            Directory.CreateDirectory(database);
            servers.Run("certutil", "-N", "-d", $"sql:{database}", "--empty-password");
            servers.Run("certutil", "-A", "-d", $"sql:{database}", "-n", "root", "-t", "C,C,C", "-i", root);
        }

        Verify(
            (program, arguments) => servers.Run(program, [.. arguments]),
            (root, Path.Combine(folder, "issuing.pem"), Path.Combine(folder, "certificate.pem")),
            database,
            file,
            signatures);
    }

    private static void Verify(
        Func<string, string[], string> run, (string Root, string Issuing, string Signer) certificates, string database, string file, int signatures)
    {
        string verdict = run("pdfsig", ["-nssdir", $"sql:{database}", file]);
        ExpectCount(verdict, "Signature is Valid.", signatures);
        ExpectCount(verdict, "Certificate is Trusted.", signatures);
        ExpectCount(verdict, "Total document signed", 1);
        Card.Expect(run("qpdf", ["--check", file]), "No syntax or stream encoding errors found");
        VerifyWithOpenssl(run, certificates, file, signatures);
    }

    /// <summary>The text that each signature covers is all but its own value (ISO 32000-1, 12.8.1); that value is a detached CMS.</summary>
    private static void VerifyWithOpenssl(
        Func<string, string[], string> run, (string Root, string Issuing, string Signer) certificates, string file, int signatures)
    {
        byte[] pdf = File.ReadAllBytes(file);
        MatchCollection ranges = ByteRange().Matches(Encoding.Latin1.GetString(pdf));
        if (ranges.Count != signatures)
        {
            throw new InteropException($"{file} has {ranges.Count} signatures, not {signatures}.");
        }

        foreach ((int n, Match range) in ranges.Index())
        {
            string cms = $"{file}.{n}.cms";
            int[] r = [.. range.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, System.Globalization.CultureInfo.InvariantCulture))];
            File.WriteAllBytes(file + ".content", [.. pdf.AsSpan(r[0], r[1]), .. pdf.AsSpan(r[2], r[3])]);
            File.WriteAllBytes(cms, Convert.FromHexString(Encoding.ASCII.GetString(pdf, r[1] + 1, r[2] - r[1] - 2)));
            Card.Expect(
                run(
                    "openssl",
                    ["cms", "-verify", "-inform", "DER", "-binary", "-in", cms, "-content", file + ".content", "-out", "/dev/null",
                        "-CAfile", certificates.Root, "-certfile", certificates.Issuing, "-signer", file + ".signer"]),
                "CMS Verification successful");
        }

        Card.Expect(File.ReadAllText(file + ".signer"), File.ReadAllText(certificates.Signer).Trim());
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
