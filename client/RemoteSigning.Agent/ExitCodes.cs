using RemoteSigning.Contracts;

namespace RemoteSigning.Agent;

/// <summary>How a command ends; part of its interface (docs/agent.md).</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NoAgent = 3;
    public const int NotSignedIn = 4;

    public static int Of(Problem problem) => problem switch
    {
        Problem.AgentUnavailable => NoAgent,
        Problem.NotSignedIn => NotSignedIn,
        _ => Failed,
    };
}
