using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>Every scheme of the provider signs twice in one process, and the SAM sees these digests and no others.</summary>
internal sealed class KspSignatures(CardMode mode)
    : WindowsCheck($"the provider's table signs twice in every scheme, mode {mode.ToString().ToLowerInvariant()}", mode)
{
    private static readonly string[] Hashes = ["SHA256", "SHA384", "SHA512"];

    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = KspProgram.Start(desktop);
        foreach ((string label, string scheme) in ((string, string)[])[("RSA-2048", "pkcs1"), ("RSA-2048", "pss"), ("P-256", "ecdsa")])
        {
            CardKey key = desktop.Card.Key(label);
            await program.LogInAsync(key, cancel);
            foreach (string hash in Hashes)
            {
                await program.SignAsync(key, scheme, hash, cancel);
                await program.SignAsync(key, scheme, hash, cancel);
            }
        }

        await program.EndAsync(cancel);
        sam.Expect(program.Digests);
    }
}
