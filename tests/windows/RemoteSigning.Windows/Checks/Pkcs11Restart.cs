using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>The agent is killed and started again under a living program, which signs again with the session and handles that it has.</summary>
internal sealed class Pkcs11Restart(CardMode mode)
    : WindowsCheck($"the PKCS#11 library signs again after a restart of the agent, mode {mode.ToString().ToLowerInvariant()}", mode)
{
    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = Pkcs11Program.Start(desktop);
        CardKey key = desktop.Card.Key("RSA-2048");
        await program.LogInAsync(cancel);
        await program.SignAsync(key, "sign", "SHA256-RSA-PKCS", cancel);
        await desktop.Agent.RestartAsync(cancel);
        if (Mode != CardMode.Agent)
        {
            await program.ExpectRefusedAsync(Pkcs11Program.NotLoggedIn, key, "SHA256-RSA-PKCS", RandomNumberGenerator.GetBytes(50), cancel);
            await program.LogInAsync(cancel);
        }

        await program.SignAsync(key, "sign", "SHA256-RSA-PKCS", cancel);
        await program.EndAsync(cancel);
        sam.Expect(program.Digests);
    }
}
