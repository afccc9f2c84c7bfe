using System.Net.Sockets;

namespace RemoteSigning.Sandbox;

/// <summary>The terminal agents of a sandbox, each as if on a desktop of its own.</summary>
/// <param name="environment">What all of them get.</param>
internal sealed class SandboxAgents(SandboxLayout layout, Configurations configurations, IReadOnlyDictionary<string, string> environment)
{
    private readonly List<Service> _running = [];

    /// <summary>All that were started.</summary>
    public IReadOnlyList<Service> Running => _running;

    private static string Program => Installation.Current.Assembly("client", "RemoteSigning.Agent", "virtual-card");

    /// <summary>Starts one that is signed in as this signer, and waits until it has read the credentials.</summary>
    public async Task<Service> StartAsync(string name, SandboxDescription.Signer signer, string cardMode, CancellationToken cancel)
    {
        string configuration = configurations.Agent(name, signer, cardMode);
        string socket = layout.AgentSocket(name);
        var agent = new Service(
            "virtual-card",
            Path.Combine(layout.Logs, $"{name}.log"),
            "dotnet",
            [Program, "run", "--config", configuration],
            environment,
            _ => Task.FromResult(Answers(socket) && IsSignedIn(configuration)));
        _running.Add(agent);
        await agent.StartAsync(cancel);
        return agent;
    }

    /// <summary>The command line against the agent of this configuration.</summary>
    public static CommandResult VirtualCard(string configuration, string command, string? input = null) =>
        Commands.Try("dotnet", [Program, .. command.Split(' '), "--config", configuration], input: input);

    /// <summary>What leads the module to the agent of this name.</summary>
    public Dictionary<string, string> EnvironmentOf(string name) => new() { ["REMOTESIGNING_SOCKET"] = layout.AgentSocket(name) };

    /// <summary>Whether the agent has signed in and read the credentials: when the server was slow, it serves before that.</summary>
    private static bool IsSignedIn(string configuration) =>
        VirtualCard(configuration, "status") is { ExitCode: 0 } status && status.Output.Contains("Last read", StringComparison.Ordinal);

    private static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
