using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>One thing that Windows programs do with the card; it throws if it went wrong. A class of its own in <c>Checks</c>.</summary>
/// <param name="name">The report's line, and what <c>--check</c> names.</param>
/// <param name="mode">The login mode that the agent runs in when the check begins.</param>
internal abstract class WindowsCheck(string name, CardMode mode = CardMode.Agent)
{
    public string Name => name;

    public CardMode Mode => mode;

    public abstract Task RunAsync(Desktop desktop, CancellationToken cancel);
}
