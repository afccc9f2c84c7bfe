namespace RemoteSigning.Interop.Programs;

/// <summary>Java's jarsigner.</summary>
internal sealed class Jarsigner : CardProgram
{
    private static readonly string[] Keys = ["RSA-2048", "P-256"];
    private static readonly string[] MoreKeys = ["RSA-4096", "P-384"];
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("jarsigner");

    public override string Name => "jarsigner";

    public override string Page => "jarsigner";

    public override IReadOnlyList<string> Version => JavaCard.Version;

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("sign", mode, Keys, (card, key, cancel) => SignAsync(card, key, "sign", cancel))),
        .. ForKeys("sign", CardMode.Pin, MoreKeys, (card, key, cancel) => SignAsync(card, key, "sign", cancel)),
        .. ForKeys("sign -tsa", CardMode.Pin, Keys, SignWithTimestampAsync),
        .. ForKeys("sign -sigalg RSASSA-PSS", CardMode.Pin, Rsa, (card, key, cancel) => SignAsync(card, key, "sign-pss", cancel)),
    ];

    private static Task<Finding> SignWithTimestampAsync(Card card, CardKey key, CancellationToken cancel) => SignAsync(
        card, key, "sign-tsa", cancel, verdict => Card.Expect(verdict, "Timestamped by \"CN=RemoteSigning Sandbox TSA"), ("http://pki.example.com/tsa", card.Sandbox.Timestamp));

    private static async Task<Finding> SignAsync(
        Card card, CardKey key, string block, CancellationToken cancel, Action<string>? check = null, params (string Word, string By)[] replacements)
    {
        string folder = card.NewFolder();
        JavaCard.WriteConfiguration(card, folder);
        File.Copy(card.RootCertificate, Path.Combine(folder, "root.pem"));
        return await OneSignatureARunAsync(
            card,
            "jarsigner -verify, openssl cms",
            async n =>
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "text.txt"), $"text {n}", cancel);
                card.Run("jar", ["--create", "--file", Path.Combine(folder, "program.jar"), "-C", folder, "text.txt"]);
                Blocks.Run(block, card, folder, JavaCard.Pin(card), [JavaCard.Login(card), ("RSA-2048", $"\"{key.Label}\""), .. replacements]);
                string verdict = Blocks.Run("verify", card, folder);
                Card.Expect(verdict, "jar verified.");
                Card.Expect(verdict, "CN=Sample Signer");
                check?.Invoke(verdict);
                VerifyWithOpenssl(card, key, folder);
            },
            cancel);
    }

    /// <summary>A signed jar holds a detached CMS over its signature file, and nothing but the signer's certificate and its issuers.</summary>
    private static void VerifyWithOpenssl(Card card, CardKey key, string folder)
    {
        string signer = Path.Combine(folder, "signer.pem");
        string parts = Directory.CreateDirectory(Path.Combine(folder, "parts")).FullName;
        System.IO.Compression.ZipFile.ExtractToDirectory(Path.Combine(folder, "signed.jar"), parts, overwriteFiles: true);
        string cms = Directory.GetFiles(Path.Combine(parts, "META-INF"), "CARD.*").Single(f => !f.EndsWith(".SF", StringComparison.Ordinal));
        card.Run(
            "openssl",
            ["cms", "-verify", "-inform", "DER", "-binary", "-in", cms, "-content", Path.Combine(parts, "META-INF", "CARD.SF"), "-out", "/dev/null",
                "-CAfile", card.RootCertificate, "-signer", signer]);
        Card.Expect(File.ReadAllText(signer), File.ReadAllText(key.Certificate).Trim());
        Directory.Delete(parts, recursive: true);
    }
}
