using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>pkcs11js, the PKCS#11 library for Node.js.</summary>
internal sealed class Pkcs11Js : CardProgram
{
    private static readonly Lazy<string> Script = new(Install);

    public override string Name => "pkcs11js";

    public override string Page => "pkcs11js";

    public override IReadOnlyList<string> Version => ["node", "-p", "'pkcs11js 2.1.7, Node.js ' + process.version"];

    public override IEnumerable<Check> Checks => ScriptChecks.Of(new SigningScript((card, folder, pin) =>
        Dialogue.Start(card, folder, "node", [Script.Value, card.Module, pin])));

    /// <summary>Installs the version of the lock file beside a copy of the script; the package compiles itself.</summary>
    private static string Install()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Installation.Current.Artifacts, "interop", "pkcs11js")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Installation.Current.Root, "tests", "interop", "pkcs11js")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        Commands.Run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"]);
        return Path.Combine(folder, "sign-on-request.js");
    }
}
