using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>The provider lists and exports the keys that are on the card, refuses what it does not do, and the SAM hears nothing of it.</summary>
internal sealed class KspKeys() : WindowsCheck("the provider's table lists and exports keys, and refuses")
{
    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = KspProgram.Start(desktop);
        CardKey rsa = desktop.Card.Key("RSA-2048");
        CardKey ec = desktop.Card.Key("P-256");
        string[] keys = await program.KeysAsync(cancel);
        if (!keys.Contains($"{KspProgram.Name(rsa)}\tRSA") || !keys.Contains($"{KspProgram.Name(ec)}\tECDSA_P256") || keys.Distinct().Count() != keys.Length)
        {
            throw new InteropException("The keys listed are: " + string.Join(", ", keys));
        }

        foreach (CardKey key in (CardKey[])[rsa, ec])
        {
            Card.Expect(await File.ReadAllTextAsync(key.PublicKey, cancel), await program.ExportAsync(key, cancel));
        }

        await program.ExpectRefusedAsync(KspProgram.BadAlgorithm, KspProgram.Name(rsa), "pkcs1", RandomNumberGenerator.GetBytes(20), cancel);
        await program.ExpectRefusedAsync(KspProgram.BadData, KspProgram.Name(rsa), "none", RandomNumberGenerator.GetBytes(32), cancel);
        await program.ExpectRefusedAsync(KspProgram.UnknownKey, "nobody [00000000]", "pkcs1", RandomNumberGenerator.GetBytes(32), cancel);
        await program.EndAsync(cancel);
        sam.Expect([]);
    }
}
