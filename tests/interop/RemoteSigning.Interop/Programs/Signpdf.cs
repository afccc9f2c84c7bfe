using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>@signpdf and PKI.js: their signatures come through the CSC API.</summary>
internal sealed class Signpdf : ServerProgram
{
    private static readonly ProgramPage Blocks = ProgramPage.Read("signpdf");
    private static readonly Lazy<string> Script = new(Install);

    public override string Name => "signpdf";

    public override string Page => "signpdf";

    public override IReadOnlyList<string> Version => ["node", "-p", "'@signpdf/signpdf 3.3.0, PKI.js 3.2.5, Node.js ' + process.version"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        .. ((string[])["RSA-2048", "RSA-4096", "RSA-2048 SCAL 2"]).Select(label => new ServerCheck(
            $"SignPdf.sign, CAdES, two files: {label}", "CSC v1", (servers, cancel) => SignAsync(servers, label, cancel))),
        new("SignPdf.sign with a wrong PIN", "CSC v1", RefusedAsync),
    ];

    private static async Task<string> SignAsync(Servers servers, string label, CancellationToken cancel)
    {
        string folder = await servers.NewSigningFolderAsync(label, SampleSigner.Pin, cancel);
        File.Copy(Path.Combine(folder, "document.pdf"), Path.Combine(folder, "other.pdf"));
        Blocks.Run("sign", servers, folder, Words(servers, label));
        SignedPdf.Verify(servers, folder, Path.Combine(folder, "document.signed.pdf"), 1);
        SignedPdf.Verify(servers, folder, Path.Combine(folder, "other.signed.pdf"), 1);
        return SignedPdf.VerifiedBy;
    }

    private static async Task<string> RefusedAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewSigningFolderAsync("RSA-2048", "00000000", cancel);
        File.Copy(Path.Combine(folder, "document.pdf"), Path.Combine(folder, "other.pdf"));
        Blocks.Refuses("credentials/authorize: 400 invalid_pin: The PIN is invalid", "sign", servers, folder, Words(servers, "RSA-2048"));
        await SignAsync(servers, "RSA-2048", cancel); // Resets the counter.
        return "refused: invalid_pin";
    }

    private static (string Word, string By)[] Words(Servers servers, string label) =>
        [.. servers.SigningWords(label, servers.Sandbox.Csc.V1!), ("sign.js", $"'{Script.Value}'")];

    /// <summary>Installs the versions of the lock file beside a copy of the script.</summary>
    private static string Install()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Installation.Current.Artifacts, "interop", "signpdf")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Installation.Current.Root, "tests", "interop", "signpdf")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        Commands.Run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"]);
        return Path.Combine(folder, "sign.js");
    }
}
