using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card logout</c>: signs the running agent out.</summary>
internal static class LogoutCommand
{
    public static async Task<int> RunAsync(AgentOptions options, ILocalSystem system, CancellationToken cancellation)
    {
        var agent = new ControlClient(system, options.Socket ?? system.DefaultSocket);
        await agent.AskAsync(new ControlRequest(ControlCommands.Logout), cancellation);
        Console.WriteLine("Signed out. Programs now see a reader without a card.");
        return ExitCodes.Done;
    }
}
