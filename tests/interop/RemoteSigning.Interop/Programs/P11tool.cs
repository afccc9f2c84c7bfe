using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Interop.Programs;

/// <summary>GnuTLS's p11tool and certtool.</summary>
internal sealed class P11tool : CardProgram
{
    private static readonly string[] All = ["RSA-2048", "RSA-4096", "P-256", "P-384"];
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("p11tool");

    public override string Name => "p11tool";

    public override string Page => "p11tool";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=GnuTLS ${Version}", "gnutls-bin"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("--list-all, --test-sign", mode, All, (card, key, cancel) => TestAsync(card, key, "test", cancel)),
        .. ForKeys("--test-sign --sign-params rsa-pss", mode, Rsa, (card, key, cancel) => TestAsync(card, key, "test-pss", cancel)),
        .. ForKeys("--export, certtool --p7-detached-sign", mode, All, SignAsync),
    ]);

    /// <summary>For a program that takes the PIN from the environment; in the other modes there is none to take.</summary>
    internal static IReadOnlyDictionary<string, string> Pin(Card card) => card.Mode == CardMode.Pin
        ? new Dictionary<string, string> { ["GNUTLS_PIN"] = card.Pin }
        : new Dictionary<string, string>();

    /// <summary>With it, p11tool wants a PIN even where the card wants none.</summary>
    internal static string[] Login(Card card) => card.Mode == CardMode.Agent ? [] : ["--login"];

    private static (string Word, string By) LoginInBlock(Card card) => ("--login --", string.Concat(Login(card).Select(o => o + " ")) + "--");

    private static Task<Finding> TestAsync(Card card, CardKey key, string block, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        string list = Blocks.Run("list", card, folder, Pin(card), LoginInBlock(card));
        foreach (string type in new[] { "cert", "public", "private" })
        {
            Card.Expect(list, $"id={key.IdInUri.ToUpperInvariant()};object={key.Label};type={type}\n");
        }

        return OneSignatureARunAsync(
            card,
            "p11tool itself",
            _ =>
            {
                int before = card.CountSignatures();
                string output = Blocks.Run(block, card, folder, Pin(card), LoginInBlock(card), ("object=RSA-2048", $"object={key.Label}"));
                Card.Expect(output, "Verifying against public key in the token... ok");
                return card.CountSignatures() == before + 1
                    ? Task.CompletedTask
                    : throw new InteropException("The agent did not sign once.");
            },
            cancel);
    }

    private static Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        string certificates = Blocks.Run("export", card, folder, null, ("object=RSA-2048", $"object={key.Label}"));
        Card.Expect(File.ReadAllText(Path.Combine(folder, "signer.pem")), File.ReadAllText(key.Certificate).Trim());
        ExportIssuers(card, folder, certificates);
        ExpectChainOfOne(card, key);
        return OneSignatureARunAsync(
            card,
            "openssl cms",
            async n =>
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "document.txt"), $"text {n}\n", cancel);
                File.Delete(Path.Combine(folder, "document.p7s"));
                Blocks.Run("sign", card, folder, Pin(card), ("object=RSA-2048", $"object={key.Label}"));
                Card.Expect(
                    card.Run(
                        "openssl",
                        ["cms", "-verify", "-inform", "PEM", "-binary", "-in", Path.Combine(folder, "document.p7s"), "-content", Path.Combine(folder, "document.txt"),
                            "-CAfile", Path.Combine(folder, "issuers.pem"), "-purpose", "any"]),
                    $"text {n}\n");
            },
            cancel);
    }

    /// <summary>By the URLs that p11tool lists: what the page tells people to do for a chain.</summary>
    private static void ExportIssuers(Card card, string folder, string urls)
    {
        string[] issuers = [.. urls.Split('\n').Where(url => url.Contains("object=RemoteSigning%20Sandbox", StringComparison.Ordinal))];
        string pem = string.Concat(issuers.Select(url => card.Run("p11tool", ["--provider", card.Module, "--export", url.Trim()])));
        File.WriteAllText(Path.Combine(folder, "issuers.pem"), pem);
        Card.Expect(pem, File.ReadAllText(card.IssuingCertificate).Trim());
        Card.Expect(pem, File.ReadAllText(card.RootCertificate).Trim());
    }

    private static void ExpectChainOfOne(Card card, CardKey key)
    {
        string pem = card.Run("p11tool", ["--provider", card.Module, "--export-chain", $"{key.Uri};type=cert"]);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        if (chain.Count != 1)
        {
            throw new InteropException($"--export-chain gave {chain.Count} certificates: what its page says is wrong.");
        }
    }
}
