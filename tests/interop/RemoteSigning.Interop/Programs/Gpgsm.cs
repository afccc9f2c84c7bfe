namespace RemoteSigning.Interop.Programs;

/// <summary>gpgsm with gnupg-pkcs11-scd in the place of scdaemon.</summary>
internal sealed class Gpgsm : CardProgram
{
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096", "RSA-2048 authentication"];
    private static readonly string[] Ec = ["P-256", "P-384"];

    public override string Name => "gpgsm";

    public override string Page => "gpgsm";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=${Package} ${Version} ", "gpgsm", "gnupg-pkcs11-scd"];

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("--sign", mode, Rsa, SignAsync)),
        .. ForKeys("--sign", CardMode.Agent, Ec, NotListedAsync),
    ];

    private static async Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        using GnupgHome home = GnupgHome.Create(card);
        home.Run("learn");
        await SignAsync(home, card, key, 1, cancel);
        string process = home.ModuleProcess();
        await SignAsync(home, card, key, 2, cancel);
        await card.RestartAgentAsync(cancel);
        await SignAsync(home, card, key, 3, cancel);
        return home.ModuleProcess() == process
            ? new Finding(Finding.InOneProcess, Finding.SameProcess, "gpgsm --verify, openssl dgst")
            : throw new InteropException("gpg-agent has started another gnupg-pkcs11-scd.");
    }

    private static async Task SignAsync(GnupgHome home, Card card, CardKey key, int n, CancellationToken cancel)
    {
        string document = Path.Combine(home.Folder, "document.txt");
        string message = Path.Combine(home.Folder, "document.p7s");
        File.Delete(message);
        await File.WriteAllTextAsync(document, $"text {n}\n", cancel);
        home.Run("sign", key);
        Card.Expect(home.Run("gpgsm", "--verify", message, document), "Good signature from");

        // gpg-agent puts a zero before a signature whose highest bit is set, whatever the card.
        CmsSignature cms = CmsSignature.Read(message);
        bool zero = cms.Signature.Length % 8 == 1 && cms.Signature[0] == 0 && cms.Signature[1] >= 0x80;
        string attributes = Path.Combine(home.Folder, "attributes");
        string signature = Path.Combine(home.Folder, "signature");
        await File.WriteAllBytesAsync(attributes, cms.SignedAttributes, cancel);
        await File.WriteAllBytesAsync(signature, zero ? cms.Signature[1..] : cms.Signature, cancel);
        card.VerifyWithOpenssl(key, "sha256", attributes, signature);
    }

    private static Task<Finding> NotListedAsync(Card card, CardKey key, CancellationToken cancel)
    {
        using GnupgHome home = GnupgHome.Create(card);
        string listed = home.Run("gpg-connect-agent", "SCD LEARN", "/bye");
        Card.Expect(listed, card.Key("RSA-2048").Id.ToUpperInvariant());
        return listed.Contains(key.Id, StringComparison.OrdinalIgnoreCase)
            ? throw new InteropException("gnupg-pkcs11-scd lists a key on a curve: let it sign.")
            : Task.FromResult(Finding.NotPossible("gnupg-pkcs11-scd lists RSA keys only, of SoftHSM too"));
    }
}
