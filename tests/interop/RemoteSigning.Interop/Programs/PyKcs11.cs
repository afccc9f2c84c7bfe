using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>PyKCS11, the PKCS#11 library for Python.</summary>
internal sealed class PyKcs11 : CardProgram
{
    /// <summary>The system's own: Debian's packages are not for any other.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly SigningScript Script = new((card, folder, pin) => Dialogue.Start(
        card, folder, Python, [Path.Combine(Installation.Current.Root, "tests", "interop", "sign_on_request.py"), card.Module, pin]));

    private static readonly ProgramPage Blocks = ProgramPage.Read("pykcs11");

    public override string Name => "PyKCS11";

    public override string Page => "pykcs11";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=PyKCS11 ${Version}", "python3-pykcs11"];

    public override IEnumerable<Check> Checks => ScriptChecks.Of(Script).Append(new Check("the script of the page", "RSA-2048", CardMode.Pin, RunPageAsync));

    private static Task<Finding> RunPageAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        var texts = new SignedTexts(card, key, folder, "SHA256-RSA-PKCS", 50);
        File.WriteAllText(Path.Combine(folder, "sign.py"), Blocks.Text("sign.py", card));
        return OneSignatureARunAsync(
            card,
            "openssl dgst",
            n =>
            {
                File.Copy(texts.Make(n), Path.Combine(folder, "text.txt"), overwrite: true);
                Card.Expect(card.Run(Python, ["-c", $"import os; os.chdir('{folder}'); exec(open('sign.py').read())"]), "signed");
                File.Move(Path.Combine(folder, "text.sig"), texts.Signature(n));
                texts.Verify(n);
                return Task.CompletedTask;
            },
            cancel);
    }
}
