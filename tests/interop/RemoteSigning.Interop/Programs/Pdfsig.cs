using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>Poppler's pdfsig. Each run makes two signatures with the key: one to learn how long it will be.</summary>
internal sealed class Pdfsig : CardProgram
{
    private const string GivesUp = "unable update signature";

    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly string[] Ec = ["P-256"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("pdfsig");

    public override string Name => "pdfsig";

    public override string Page => "pdfsig";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=poppler ${Version}", "poppler-utils"];

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => ForKeys("-add-signature", mode, Rsa, SignAsync)),
        .. ForKeys("-add-signature, repeated until it does not give up", CardMode.Pin, Ec, SignWithEcAsync),
    ];

    private static async Task<Finding> SignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = await PrepareAsync(card, cancel);
        int before = card.CountSignatures();
        await SignThreeTimesAsync(card, key, folder, () => Blocks.Run("sign", card, folder, null, Words(card, key)), cancel);
        int made = card.CountSignatures() - before;
        return made == 6
            ? new Finding(Finding.InOneProcess, Finding.NewRun, SignedPdf.VerifiedBy)
            : throw new InteropException($"Three runs made {made} signatures with the key, not six.");
    }

    /// <summary>pdfsig gives up when its two signatures differ in length; with a key of NSS itself, too.</summary>
    private static async Task<Finding> SignWithEcAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = await PrepareAsync(card, cancel);
        await SignThreeTimesAsync(card, key, folder, () => Repeat(Blocks.Text("sign", card, Words(card, key)), card, folder), cancel);
        File.WriteAllBytes(Path.Combine(folder, "noise"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(64));
        card.Run("certutil", ["-N", "-d", $"sql:{folder}", "--empty-password"]);
        card.Run("certutil", ["-S", "-d", $"sql:{folder}", "-n", "own", "-s", "CN=own", "-x", "-t", "C,C,C", "-k", "ec", "-q", "nistp256", "-z", Path.Combine(folder, "noise")]);
        string withOwnKey = Blocks.Text("sign", card, ("sql:nssdb", "sql:."), ("Remote Signing:RSA-2048", "own"));
        bool gaveUp = Enumerable.Range(0, 30).Any(_ => Try(withOwnKey, card, folder) is { ExitCode: not 0 } failed && failed.Error.Contains(GivesUp, StringComparison.Ordinal));
        return gaveUp
            ? new Finding(Finding.InOneProcess, Finding.NewRun, SignedPdf.VerifiedBy + "; pdfsig gives up every other time, with a key of NSS itself too")
            : throw new InteropException("pdfsig did not give up with a P-256 key of NSS itself: what its page says is wrong.");
    }

    private static async Task<string> PrepareAsync(Card card, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        await Nss.MakeDatabaseAsync(card, folder, cancel);
        File.Copy(Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf"), Path.Combine(folder, "document.pdf"));
        return folder;
    }

    /// <summary>Each time the document with the signatures so far is signed once more.</summary>
    private static async Task SignThreeTimesAsync(Card card, CardKey key, string folder, Action sign, CancellationToken cancel)
    {
        string signed = Path.Combine(folder, "signed.pdf");
        await OneSignatureARunAsync(
            card,
            SignedPdf.VerifiedBy,
            n =>
            {
                sign();
                Card.Expect(Blocks.Run("verify", card, folder), "Signature is Valid.");
                SignedPdf.Verify(card, key, Path.Combine(folder, "nssdb"), signed, n);
                File.Move(signed, Path.Combine(folder, "document.pdf"), overwrite: true);
                return Task.CompletedTask;
            },
            cancel);
    }

    private static void Repeat(string script, Card card, string folder)
    {
        for (int attempt = 0; attempt < 40; attempt++)
        {
            CommandResult result = Try(script, card, folder);
            if (result.ExitCode == 0)
            {
                return;
            }

            Card.Expect(result.Error, GivesUp);
        }

        throw new InteropException($"pdfsig gave up 40 times: {script}");
    }

    private static CommandResult Try(string script, Card card, string folder) =>
        Commands.Try("bash", ["-c", $"cd '{folder}'\n{script}"], card.Environment);

    /// <summary>In mode <c>protected</c> pdfsig has to be given something, and it does not matter what.</summary>
    private static (string, string)[] Words(Card card, CardKey key) =>
        [("RSA-2048", key.Label), ("12345678", card.Mode == CardMode.Pin ? card.Pin : "anything")];
}
