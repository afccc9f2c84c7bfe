using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>What the provider refuses reaches a .NET program as the error that docs/windows.md names, and nothing is signed.</summary>
internal sealed class CngRefusals() : WindowsCheck("a .NET program gets the provider's refusals")
{
    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        var program = CngProgram.Prepare(desktop);
        SamWatch sam = desktop.WatchSam();
        string refusals = program.Run("refusals", KspProgram.Name(desktop.Card.Key("RSA-2048"))).ReplaceLineEndings("\n");
        Card.Expect(
            refusals,
            """
            open an unknown key: 0x80090016
            open a key of the machine: 0x80090016
            create a key: 0x80090029
            open an unknown provider: 0x80090017
            export the private key: 0x80090029
            delete the key: 0x80090029
            sign with SHA-1: 0x80090008
            decrypt: 0x80090029
            """.ReplaceLineEndings("\n"));
        sam.Expect([]);
        return Task.CompletedTask;
    }
}
