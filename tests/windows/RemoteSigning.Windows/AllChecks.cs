using RemoteSigning.Windows.Checks;

namespace RemoteSigning.Windows;

/// <summary>All checks, in their order; those of one login mode together, as another mode costs a start of the agent.</summary>
internal static class AllChecks
{
    public static IReadOnlyList<WindowsCheck> List { get; } =
    [
        new AgentServes(),
    ];
}
