using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>What a check has: a Windows with our agent, the service that it talks to, and Linux programs to verify with.</summary>
internal sealed class Desktop : IDisposable
{
    private readonly string _folder;
    private int _folders;

    private Desktop(RunningSandbox sandbox, Card card, WindowsAgent agent, string folder)
    {
        Sandbox = sandbox;
        Card = card;
        Agent = agent;
        _folder = folder;
    }

    public WinePrefix Prefix { get; } = WinePrefix.Current;

    public WindowsAgent Agent { get; }

    /// <summary>The service; its <see cref="RunningSandbox.Description"/> says where everything is.</summary>
    public RunningSandbox Sandbox { get; }

    /// <summary>
    /// The same signer's card as Linux shows it, by an agent of its own: keys and certificates that came another way, and openssl's
    /// verdicts (<see cref="Card.VerifyWithOpenssl"/>, <see cref="SignedTexts"/>).
    /// </summary>
    public Card Card { get; }

    public static async Task<Desktop> StartAsync(RunningSandbox sandbox, string folder, Steps steps, CancellationToken cancel)
    {
        Card card = null!; // Set in the step.
        await steps.RunAsync("Start an agent on Linux, for its view of the card", async () => card = await Card.StartAsync(sandbox, CardMode.Agent, cancel));
        return await steps.RunAsync(
            "Publish the agent for Windows, if its sources have changed",
            () => Task.Run(() => new Desktop(sandbox, card, new WindowsAgent(WinePrefix.Current, sandbox.Description, Path.Combine(folder, "agent")), folder), cancel),
            _ => "done");
    }

    /// <summary>An empty folder for one check; <see cref="WinePrefix.ToWindows"/> names its files to Windows programs.</summary>
    public string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(_folder, (++_folders).ToString(System.Globalization.CultureInfo.InvariantCulture))).FullName;

    /// <summary>Begins to watch what the SAM signs.</summary>
    public SamWatch WatchSam() => new(Sandbox);

    public void Dispose() => Agent.Dispose();
}
