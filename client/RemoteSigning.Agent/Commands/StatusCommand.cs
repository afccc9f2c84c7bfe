using System.Globalization;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card status</c>: what the agent is doing.</summary>
internal static class StatusCommand
{
    public static async Task<int> RunAsync(CommandLine line, AgentOptions options, ILocalSystem system, CancellationToken cancellation)
    {
        var agent = new ControlClient(system, options.Socket ?? system.DefaultSocket);
        AgentStatus status = await agent.AskAsync(new ControlRequest(ControlCommands.Status), cancellation);
        Console.WriteLine(line.Json ? status.ToJson() : Describe(status));
        return status.SignedIn ? ExitCodes.Done : ExitCodes.NotSignedIn;
    }

    private static string Describe(AgentStatus status)
    {
        string card = !status.SignedIn ? StatusText.NotSignedIn
            : status.Credentials.Count == 0 ? StatusText.NoCredentials
            : $"{StatusText.Count(status.Credentials.Count)} (list them with: virtual-card certificates)";
        string fetched = status.LastFetch?.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "never";
        return $"""
            Agent       {status.Version}, process {status.ProcessId}, mode {status.CardMode}
            Server      {status.Server}
            Signer      {status.Email}, {(status.SignedIn ? "signed in" : "not signed in")}
            Card        {card}
            Last read   {fetched}
            Socket      {status.Socket}
            Programs    {status.Applications} with {status.Connections} connections
            """;
    }
}
