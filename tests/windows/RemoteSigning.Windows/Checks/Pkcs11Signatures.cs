using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>Every mechanism of the card signs twice in one process, and the SAM sees these digests and no others.</summary>
internal sealed class Pkcs11Signatures(CardMode mode)
    : WindowsCheck($"the PKCS#11 library signs twice with every mechanism, mode {mode.ToString().ToLowerInvariant()}", mode)
{
    private static readonly string[] Rsa =
    [
        "RSA-PKCS", "SHA256-RSA-PKCS", "SHA384-RSA-PKCS", "SHA512-RSA-PKCS",
        "RSA-PKCS-PSS", "SHA256-RSA-PKCS-PSS", "SHA384-RSA-PKCS-PSS", "SHA512-RSA-PKCS-PSS",
    ];

    private static readonly string[] Ec = ["ECDSA", "ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512"];

    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = Pkcs11Program.Start(desktop);
        await program.LogInAsync(cancel);
        foreach ((string label, string[] mechanisms) in ((string, string[])[])[("RSA-2048", Rsa), ("P-256", Ec)])
        {
            CardKey key = desktop.Card.Key(label);
            foreach (string mechanism in mechanisms)
            {
                await program.SignAsync(key, "sign", mechanism, cancel);
                await program.SignAsync(key, "sign", mechanism, cancel);
            }

            await program.SignAsync(key, "multipart", mechanisms[^1], cancel);
        }

        await program.EndAsync(cancel);
        sam.Expect(program.Digests);
    }
}
