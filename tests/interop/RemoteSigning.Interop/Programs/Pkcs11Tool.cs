namespace RemoteSigning.Interop.Programs;

/// <summary>OpenSC's pkcs11-tool.</summary>
internal sealed class Pkcs11Tool : CardProgram
{
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly string[] Ec = ["P-256"];

    public override string Name => "pkcs11-tool";

    public override string Page => "pkcs11-tool";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=OpenSC ${Version}", "opensc"];

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("--sign -m SHA256-RSA-PKCS", mode, Rsa, SignAsync)),
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("--sign -m ECDSA-SHA256", mode, Ec, SignAsync)),
    ];

    private static Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        string mechanism = key.IsRsa ? "SHA256-RSA-PKCS" : "ECDSA-SHA256";
        return OneSignatureARunAsync(
            card,
            "openssl dgst",
            async n =>
            {
                string input = Path.Combine(folder, $"{n}.txt");
                string signature = Path.Combine(folder, $"{n}.sig");
                await File.WriteAllTextAsync(input, $"text {n}", cancel);
                string[] format = key.IsRsa ? [] : ["--signature-format", "openssl"];
                string[] login = card.Mode == CardMode.Agent ? [] : ["--login"];
                string[] pin = card.Mode == CardMode.Pin ? ["--pin", card.Pin] : [];
                card.Run("pkcs11-tool", ["--module", card.Module, .. login, .. pin, "--sign", "-m", mechanism, "--id", key.Id, "-i", input, "-o", signature, .. format]);
                card.VerifyWithOpenssl(key, "sha256", input, signature);
            },
            cancel);
    }
}
