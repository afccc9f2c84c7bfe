using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>The agent is killed and started again under a living program, which signs again with the handles that it has.</summary>
internal sealed class KspRestart() : WindowsCheck("the provider signs again after a restart of the agent")
{
    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        using var program = KspProgram.Start(desktop);
        CardKey key = desktop.Card.Key("P-256");
        await program.SignAsync(key, "ecdsa", "SHA256", cancel);
        await desktop.Agent.RestartAsync(cancel);
        await program.SignAsync(key, "ecdsa", "SHA256", cancel);
        await program.EndAsync(cancel);
        sam.Expect(program.Digests);
    }
}
