using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Terminal;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card login</c>: signs the running agent in.</summary>
internal static class LoginCommand
{
    public static async Task<int> RunAsync(CommandLine line, AgentOptions options, ILocalSystem system, CancellationToken cancellation)
    {
        var agent = new ControlClient(system, options.Socket ?? system.DefaultSocket);

        // First, so that nobody types a password for an agent that is not there.
        AgentStatus before = await agent.AskAsync(new ControlRequest(ControlCommands.Status), cancellation);
        using Secret? password = await ReadPasswordAsync(line, before, cancellation);
        AgentStatus status = await agent.AskAsync(new ControlRequest(ControlCommands.Login, password?.Reveal()), cancellation);
        Console.WriteLine(
            $"Signed in as {status.Email} at {status.Server}; the card holds {StatusText.Count(status.Credentials.Count)}.");
        return ExitCodes.Done;
    }

    /// <summary>Null = the agent has the password from its secrets file.</summary>
    private static async Task<Secret?> ReadPasswordAsync(CommandLine line, AgentStatus agent, CancellationToken cancellation)
    {
        if (line.PasswordFromInput)
        {
            string? typed = await Console.In.ReadLineAsync(cancellation);
            return string.IsNullOrEmpty(typed) ? throw new UsageException("Standard input holds no password.") : new Secret(typed);
        }

        if (agent.HasStoredPassword)
        {
            return null;
        }

        return TerminalInput.IsPresent
            ? await TerminalInput.Own.ReadHiddenAsync($"Password of {agent.Email}: ", cancellation)
                ?? throw new ProblemException(Problem.Declined, ProblemCodes.LoginFailed, "Signing in was given up.")
            : throw new UsageException("There is no terminal to ask for the password; give it on standard input with --password-stdin.");
    }
}
