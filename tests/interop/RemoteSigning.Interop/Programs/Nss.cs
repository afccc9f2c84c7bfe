namespace RemoteSigning.Interop.Programs;

/// <summary>The tools of NSS: modutil, certutil and cmsutil.</summary>
internal sealed class Nss : CardProgram
{
    private static readonly string[] Keys = ["RSA-2048", "RSA-4096", "P-256", "P-384"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("nss");

    public override string Name => "NSS";

    public override string Page => "nss";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=NSS ${Version}", "libnss3-tools"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => ForKeys(
        "modutil -add, certutil -K -L, cmsutil -S -D", mode, Keys, SignAsync));

    /// <summary>Makes the database <c>nssdb</c>, which loads the module and trusts the signers' root, and the file <c>pin</c> beside it.</summary>
    internal static async Task MakeDatabaseAsync(Card card, string folder, CancellationToken cancel)
    {
        File.Copy(card.RootCertificate, Path.Combine(folder, "root.pem"));
        await File.WriteAllTextAsync(Path.Combine(folder, "pin"), card.Pin + "\n", cancel);
        Blocks.Run("setup", card, folder);
    }

    private static async Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        await MakeDatabaseAsync(card, folder, cancel);
        string list = Blocks.Run("list", card, folder);
        Card.Expect(list, $"Remote Signing:{key.Label} ");
        Card.Expect(list, key.Id);
        string text = Path.Combine(folder, "text.txt");
        string signer = Path.Combine(folder, "signer.pem");
        return await OneSignatureARunAsync(
            card,
            "cmsutil -D, openssl cms",
            async n =>
            {
                await File.WriteAllTextAsync(text, $"text {n}\n", cancel);
                string hash = key.Algorithm == "P-384" ? "SHA384" : "SHA256";
                Blocks.Run("sign", card, folder, null, ("RSA-2048", key.Label), ("SHA256", hash));
                Card.Expect(Blocks.Run("verify", card, folder), "signer0.status=GoodSignature");
                string signed = card.Run(
                    "openssl",
                    ["cms", "-verify", "-inform", "DER", "-in", Path.Combine(folder, "text.cms"), "-CAfile", card.RootCertificate,
                        "-certfile", card.IssuingCertificate, "-signer", signer]);
                Card.Expect(signed, $"text {n}\n");
                Card.Expect(await File.ReadAllTextAsync(signer, cancel), (await File.ReadAllTextAsync(key.Certificate, cancel)).Trim());
            },
            cancel);
    }
}
