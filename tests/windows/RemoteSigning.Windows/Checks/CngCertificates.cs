using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>Programs that begin with a certificate in the user's store come to its key on the card.</summary>
internal sealed class CngCertificates() : WindowsCheck("GetRSAPrivateKey and GetECDsaPrivateKey of a stored certificate sign twice")
{
    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        foreach (CardKey key in (CardKey[])[desktop.Card.Key("RSA-2048"), desktop.Card.Key("P-256")])
        {
            var program = CngProgram.Prepare(desktop);
            string document = program.NewDocument();
            _ = program.Run("store", WinePrefix.ToWindows(document), WinePrefix.ToWindows(program.Folder), KspProgram.Name(key));
            byte[] digest = SHA256.HashData(File.ReadAllBytes(document));
            desktop.Card.VerifyWithOpenssl(key, "sha256", document, Path.Combine(program.Folder, "1.sig"));
            desktop.Card.VerifyWithOpenssl(key, "sha256", document, Path.Combine(program.Folder, "2.sig"));
            program.ExpectSigned([digest, digest]);
        }

        return Task.CompletedTask;
    }
}
