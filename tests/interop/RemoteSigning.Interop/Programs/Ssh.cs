using System.Globalization;

namespace RemoteSigning.Interop.Programs;

/// <summary>OpenSSH's client: ssh by itself, and through one ssh-agent.</summary>
internal sealed class Ssh : CardProgram
{
    private static readonly ProgramPage Text = ProgramPage.Read("openssh");
    private static readonly string[] Keys =
        ["RSA-2048 authentication", "P-256 authentication", "RSA-2048", "RSA-4096", "P-256", "P-384"];

    public override string Name => "ssh";

    public override string Page => "openssh";

    public override IReadOnlyList<string> Version => ["ssh", "-V"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("ssh -I", mode, Keys, AloneAsync),
        .. ForKeys("ssh-agent, ssh-add -s", mode, Keys, ThroughAgentAsync),
    ]);

    private static async Task<Finding> AloneAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        SshAgent.WritePublicKey(card, key, folder);
        using SshServer server = await SshServer.StartAsync(card, folder, cancel);
        return await OneSignatureARunAsync(card, "sshd", n => LogInAsync(card, folder, server, "ssh_config", n, cancel), cancel);
    }

    private static async Task<Finding> ThroughAgentAsync(Card card, CardKey key, CancellationToken cancel)
    {
        using SshAgent agent = await SshAgent.StartAsync(card, key, cancel);
        using SshServer server = await SshServer.StartAsync(card, agent.Folder, cancel);
        await LogInAsync(card, agent.Folder, server, "ssh_config-agent", 1, cancel);
        await LogInAsync(card, agent.Folder, server, "ssh_config-agent", 2, cancel);
        await agent.SignAfterRestartAsync(() => LogIn(card, agent.Folder, server, "ssh_config-agent"), "agent refused operation", cancel);
        await server.WaitForLoginsAsync(3, cancel);
        return new Finding(Finding.InOneProcess, card.Mode == CardMode.Agent ? Finding.SameProcess : "same process, `ssh-add -e; ssh-add -s`", "sshd");
    }

    private static Task LogInAsync(Card card, string folder, SshServer server, string block, int times, CancellationToken cancel)
    {
        LogIn(card, folder, server, block);
        return server.WaitForLoginsAsync(times, cancel);
    }

    private static void LogIn(Card card, string folder, SshServer server, string block)
    {
        (string, string)[] home = block == "ssh_config" ? [] : [("~/", folder + "/")];
        string configuration = Path.Combine(folder, block);
        File.WriteAllText(
            configuration,
            Text.Text(block, card, [("server.example.com", "localhost"), .. home])
            + $"    Port {server.Port.ToString(CultureInfo.InvariantCulture)}\n    UserKnownHostsFile {server.KnownHosts}\n    GlobalKnownHostsFile none\n");
        Dictionary<string, string> environment = SshAgent.EnvironmentIn(card, folder);
        environment["SSH_AUTH_SOCK"] = "";
        Card.Expect(card.Run("ssh", ["-F", configuration, "localhost", "echo inside $((6 * 7))"], environment), "inside 42");
    }
}
