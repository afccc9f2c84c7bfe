using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>A .NET program finds the registered provider, its keys and their properties.</summary>
internal sealed class CngKeys() : WindowsCheck("CngKey opens the keys of the registered provider")
{
    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        var program = CngProgram.Prepare(desktop);
        CardKey rsa = desktop.Card.Key("RSA-3072");
        CardKey ec = desktop.Card.Key("P-384");
        string keys = program.Run("keys");
        Card.Expect(keys, KspProgram.Name(rsa));
        Card.Expect(keys, KspProgram.Name(ec));
        ExpectDescription(program, rsa, "RSA", "RSA", 3072);
        ExpectDescription(program, ec, "ECDSA_P384", "ECDSA", 384);
        program.ExpectSigned([]);
        return Task.CompletedTask;
    }

    private static void ExpectDescription(CngProgram program, CardKey key, string algorithm, string group, int size)
    {
        string name = KspProgram.Name(key);
        string expected =
            $"""
            provider RemoteSigning Key Storage Provider
            name {name}
            unique name {name}
            algorithm {algorithm}
            group {group}
            size {size}
            usage Signing
            export None
            machine False
            ephemeral False
            exists True False
            """;
        Card.Expect(program.Run("describe", name).ReplaceLineEndings("\n"), expected.ReplaceLineEndings("\n"));
    }
}
