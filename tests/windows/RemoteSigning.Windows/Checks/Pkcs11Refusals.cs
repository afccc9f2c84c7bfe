using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>The library shows the card as it is, refuses what the card does not do, and the SAM hears nothing of it.</summary>
internal sealed class Pkcs11Refusals() : WindowsCheck("the PKCS#11 library shows certificates and mechanisms, and refuses others")
{
    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = Pkcs11Program.Start(desktop);
        CardKey rsa = desktop.Card.Key("RSA-2048");
        CardKey ec = desktop.Card.Key("P-256");
        foreach (CardKey key in (CardKey[])[rsa, ec])
        {
            string file = Path.Combine(program.Folder, "certificate.der");
            await program.DoAsync(cancel, "certificate", key.Label, WinePrefix.ToWindows(file));
            string pem = desktop.Card.Run("openssl", ["x509", "-inform", "DER", "-in", file]);
            Card.Expect((await File.ReadAllTextAsync(key.Certificate, cancel)).Trim(), pem.Trim());
        }

        // SHA-1 and SHA-224 are no mechanisms of this card.
        byte[] text = RandomNumberGenerator.GetBytes(50);
        foreach (string mechanism in (string[])["SHA1-RSA-PKCS", "SHA224-RSA-PKCS"])
        {
            await program.ExpectRefusedAsync(Pkcs11Program.MechanismInvalid, rsa, mechanism, text, cancel);
        }

        foreach (string mechanism in (string[])["ECDSA-SHA1", "ECDSA-SHA224"])
        {
            await program.ExpectRefusedAsync(Pkcs11Program.MechanismInvalid, ec, mechanism, text, cancel);
        }

        await program.ExpectRefusedAsync(Pkcs11Program.DataInvalid, rsa, "RSA-PKCS", SHA256.HashData(text), cancel);
        await program.ExpectRefusedAsync(Pkcs11Program.DataLengthRange, rsa, "RSA-PKCS-PSS", SHA384.HashData(text), cancel);
        await program.EndAsync(cancel);
        sam.Expect([]);
    }
}
