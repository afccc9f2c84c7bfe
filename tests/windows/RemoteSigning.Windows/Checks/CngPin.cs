using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>With a card that wants the PIN from the program, a .NET program gives it as a property of the key.</summary>
internal sealed class CngPin() : WindowsCheck("a .NET program signs with the PIN as a property", CardMode.Pin)
{
    private const string WrongPin = "0x8010006b"; // SCARD_W_WRONG_CHV

    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        var program = CngProgram.Prepare(desktop);
        CardKey key = desktop.Card.Key("RSA-2048");
        string document = program.NewDocument();
        string signature = Path.Combine(program.Folder, "document.sig");
        string[] words = ["pin", WinePrefix.ToWindows(document), WinePrefix.ToWindows(signature), KspProgram.Name(key)];
        Card.Expect(program.Try([.. words, "00000000"]).Error, WrongPin);
        _ = program.Run([.. words, desktop.Card.Pin]);
        desktop.Card.VerifyWithOpenssl(key, "sha256", document, signature);
        program.ExpectSigned([SHA256.HashData(File.ReadAllBytes(document))]);
        return Task.CompletedTask;
    }
}
