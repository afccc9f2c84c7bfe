namespace RemoteSigning.Interop.Programs;

/// <summary>Java's keytool.</summary>
internal sealed class Keytool : CardProgram
{
    private static readonly string[] Keys = ["RSA-2048", "P-256"];
    private static readonly string[] MoreKeys = ["RSA-4096", "P-384"];
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("keytool");

    public override string Name => "keytool";

    public override string Page => "keytool";

    public override IReadOnlyList<string> Version => JavaCard.Version;

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("-list, -certreq", mode, Keys, (card, key, cancel) => RequestAsync(card, key, "certreq", cancel))),
        .. ForKeys("-list, -certreq", CardMode.Pin, MoreKeys, (card, key, cancel) => RequestAsync(card, key, "certreq", cancel)),
        .. ForKeys("-certreq -sigalg RSASSA-PSS", CardMode.Pin, Rsa, (card, key, cancel) => RequestAsync(card, key, "certreq-pss", cancel)),
    ];

    private static Task<Finding> RequestAsync(Card card, CardKey key, string block, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        JavaCard.WriteConfiguration(card, folder);
        string list = Blocks.Run("list", card, folder, JavaCard.Pin(card), JavaCard.Login(card));
        Card.Expect(list, $"{key.Label}, PrivateKeyEntry");
        Card.Expect(list, Fingerprint(card, key));
        return OneSignatureARunAsync(
            card,
            "openssl req",
            _ =>
            {
                // With -protected it would ask for a password of the key.
                string pin = card.Mode == CardMode.Pin ? card.Pin : "anything";
                Blocks.Run(block, card, folder, new Dictionary<string, string> { ["CARD_PIN"] = pin }, ("RSA-2048", $"\"{key.Label}\""));
                string request = Path.Combine(folder, "request.pem");
                Card.Expect(card.Run("openssl", ["req", "-in", request, "-noout", "-verify"]), "self-signature verify OK");
                Card.Expect(card.Run("openssl", ["req", "-in", request, "-noout", "-pubkey"]), File.ReadAllText(key.PublicKey).Trim());
                File.Delete(request);
                return Task.CompletedTask;
            },
            cancel);
    }

    private static string Fingerprint(Card card, CardKey key) =>
        card.Run("openssl", ["x509", "-in", key.Certificate, "-noout", "-fingerprint", "-sha256"]).Trim().Split('=')[1];
}
