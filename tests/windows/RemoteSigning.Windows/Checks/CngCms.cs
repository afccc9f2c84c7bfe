using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>SignedCms makes a detached signature with the key behind a stored certificate.</summary>
internal sealed class CngCms() : WindowsCheck("SignedCms signs with a stored certificate")
{
    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        foreach (CardKey key in (CardKey[])[desktop.Card.Key("RSA-2048"), desktop.Card.Key("P-384")])
        {
            var program = CngProgram.Prepare(desktop);
            string document = program.NewDocument();
            string signature = Path.Combine(program.Folder, "document.p7s");
            _ = program.Run("cms", WinePrefix.ToWindows(document), WinePrefix.ToWindows(signature), KspProgram.Name(key));
            Card.Expect(
                desktop.Card.Run("openssl",
                [
                    "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", document, "-CAfile", desktop.Card.Chain,
                    "-purpose", "any", "-out", "/dev/null",
                ]),
                "successful");
            program.ExpectSigned([SHA256.HashData(CmsSignature.Read(signature).SignedAttributes)]);
        }

        return Task.CompletedTask;
    }
}
