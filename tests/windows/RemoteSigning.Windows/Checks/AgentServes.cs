using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows.Checks;

/// <summary>The agent has signed in to the server, and answers its commands on its other pipe.</summary>
internal sealed class AgentServes() : WindowsCheck("the agent signs in and answers its commands")
{
    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        CommandResult status = desktop.Agent.Command("status");
        Card.Expect(status.Output, desktop.Sandbox.Description.Signers[0].Email);
        CommandResult doctor = desktop.Agent.Command("doctor");
        return doctor.ExitCode == 0
            ? Task.CompletedTask
            : throw new InteropException($"doctor ended with exit code {doctor.ExitCode}: {doctor.Output} {doctor.Error}");
    }
}
