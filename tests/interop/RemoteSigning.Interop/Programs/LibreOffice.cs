using System.Globalization;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>LibreOffice without a window: exports signed PDF files.</summary>
internal sealed class LibreOffice : CardProgram
{
    private const string Soffice = "/usr/lib/libreoffice/program/soffice.bin";

    private const string Document =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
          office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
          <office:body><office:text><text:p>A text to sign.</text:p></office:text></office:body>
        </office:document>
        """;

    /// <summary>Signs when it is told to, three times in one process.</summary>
    private const string Loop =
        """

        Sub Main(serial As String, folder As String)
            Dim n As Integer
            For n = 1 To 3
                Do Until FileExists(folder & "/go" & n)
                    Wait 50
                Loop
                SignWith(serial, folder & "/document.fodt", folder & "/" & n & ".pdf")
                MkDir folder & "/done" & n
            Next
            StarDesktop.terminate()
        End Sub
        """;

    private static readonly ProgramPage Blocks = ProgramPage.Read("libreoffice");
    private static readonly string[] Any = ["RSA-2048"];
    private static readonly string[] Keys = ["RSA-2048", "RSA-4096", "P-256"];
    private static readonly CardMode[] ModesWithLogin = [CardMode.Protected, CardMode.Pin];

    public override string Name => "LibreOffice";

    public override string Page => "libreoffice";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=LibreOffice ${Version}", "libreoffice-writer-nogui"];

    public override IEnumerable<Check> Checks =>
    [
        .. ForKeys("--convert-to, SignPDF", CardMode.Agent, Any, ConvertAsync),
        .. ForKeys("macro, SignPDF", CardMode.Agent, Keys, RunMacroAsync),
        .. ModesWithLogin.SelectMany(mode => ForKeys("--convert-to, SignPDF", mode, Any, ShowThatLoginFailsAsync)),
    ];

    /// <summary>With a signer whose only certificate it is: the program takes the first with the wanted subject.</summary>
    private static async Task<Finding> ConvertAsync(Card mainCard, CardKey mainKey, CancellationToken cancel)
    {
        Card card = await mainCard.OfOtherSignerAsync("second.signer@example.com", cancel);
        try
        {
            CardKey key = card.Key(mainKey.Label);
            string folder = await PrepareAsync(card, cancel);
            return await OneSignatureARunAsync(
                card,
                SignedPdf.VerifiedBy,
                n =>
                {
                    Convert(card, folder, ("CN=Sample Signer,givenName=Sample,SN=Signer", "CN=Second Signer,givenName=Second,SN=Signer"));
                    string signed = Path.Combine(folder, $"{n.ToString(CultureInfo.InvariantCulture)}.pdf");
                    File.Move(Path.Combine(folder, "document.pdf"), signed);
                    SignedPdf.Verify(card, key, Path.Combine(folder, "nssdb"), signed, 1);
                    return Task.CompletedTask;
                },
                cancel);
        }
        finally
        {
            card.StopAgent();
        }
    }

    private static async Task<Finding> RunMacroAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = await PrepareAsync(card, cancel);
        string office = Path.Combine(folder, "office");
        card.Run("timeout", ["-k", "5", "120", "soffice", $"-env:UserInstallation=file://{office}", "--headless", "--terminate_after_init"]);
        await InstallMacroAsync(card, Path.Combine(office, "user", "basic", "Standard"), cancel);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(key.Certificate);
        using var process = ChildProcess.Start(
            "soffice",
            Soffice,
            [$"-env:UserInstallation=file://{office}", "--headless", "--norestore", $"macro:///Standard.Card.Main(\"{certificate.SerialNumber}\",\"{folder}\")"],
            Path.Combine(folder, "office.log"),
            card.WithCard(new Dictionary<string, string> { ["MOZILLA_CERTIFICATE_FOLDER"] = $"sql:{folder}/nssdb" }));
        await SignAsync(1);
        await SignAsync(2);
        await card.RestartAgentAsync(cancel);
        await SignAsync(3);
        return new Finding(Finding.InOneProcess, Finding.SameProcess, SignedPdf.VerifiedBy);

        async Task SignAsync(int n)
        {
            string number = n.ToString(CultureInfo.InvariantCulture);
            await File.WriteAllTextAsync(Path.Combine(folder, "go" + number), "", cancel);
            for (int attempt = 0; !Directory.Exists(Path.Combine(folder, "done" + number)); attempt++)
            {
                if (attempt == 1200 || process.HasExited)
                {
                    throw new InteropException($"LibreOffice did not export document {number}; its log is {process.LogFile}");
                }

                await Task.Delay(50, cancel);
            }

            SignedPdf.Verify(card, key, Path.Combine(folder, "nssdb"), Path.Combine(folder, number + ".pdf"), 1);
        }
    }

    /// <summary>No key behind a login works, not even one of NSS itself; without the login that one does.</summary>
    private static async Task<Finding> ShowThatLoginFailsAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = await PrepareAsync(card, cancel);
        bool cardSigns = Signs();
        bool behindPassword = WithOwnKeySigns("a password");
        bool withoutPassword = WithOwnKeySigns("");
        return !cardSigns && !behindPassword && withoutPassword
            ? Finding.NotPossible("without a window it cannot ask for a PIN; a key of NSS itself behind a password fails too")
            : throw new InteropException($"What the page says of logins is wrong: card {cardSigns}, own key with password {behindPassword}, without {withoutPassword}.");

        bool WithOwnKeySigns(string password)
        {
            string database = Path.Combine(folder, "nssdb");
            Directory.Delete(database, recursive: true);
            Directory.CreateDirectory(database);
            File.WriteAllText(Path.Combine(folder, "password"), password + "\n");
            File.WriteAllBytes(Path.Combine(folder, "noise"), RandomNumberGenerator.GetBytes(64));
            string[] common = ["-d", $"sql:{database}", "-f", Path.Combine(folder, "password")];
            card.Run("certutil", ["-N", .. common]);
            card.Run("certutil", ["-S", .. common, "-n", "own", "-s", "CN=own", "-x", "-t", "CTu,Cu,Cu", "-k", "rsa", "-z", Path.Combine(folder, "noise")]);
            return Signs(("CN=Sample Signer,givenName=Sample,SN=Signer", "CN=own"));
        }

        bool Signs(params (string, string)[] words)
        {
            Convert(card, folder, words);
            return File.Exists(Path.Combine(folder, "document.pdf"));
        }
    }

    private static async Task<string> PrepareAsync(Card card, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        await Nss.MakeDatabaseAsync(card, folder, cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "document.fodt"), Document, cancel);
        return folder;
    }

    private static void Convert(Card card, string folder, params (string, string)[] words) =>
        card.Run("timeout", ["-k", "5", "120", "bash", "-c", $"cd '{folder}'\n{Blocks.Text("convert", card, words)}"]);

    /// <summary>Into the library of the profile that needs no permission; the program made it at its first start.</summary>
    private static async Task InstallMacroAsync(Card card, string library, CancellationToken cancel)
    {
        string text = SecurityElement.Escape(Blocks.Text("SignWith", card) + Loop);
        await File.WriteAllTextAsync(
            Path.Combine(library, "Card.xba"),
            $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <script:module xmlns:script="http://openoffice.org/2000/script" script:name="Card" script:language="StarBasic">{text}</script:module>
            """,
            cancel);
        string list = Path.Combine(library, "script.xlb");
        string before = await File.ReadAllTextAsync(list, cancel);
        await File.WriteAllTextAsync(
            list, before.Replace("</library:library>", "<library:element library:name=\"Card\"/></library:library>", StringComparison.Ordinal), cancel);
    }
}
