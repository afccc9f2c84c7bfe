using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// A SoftHSM token, the same token through p11-kit's remoting, and the card of an agent that answers at once, with
/// as many objects on each.
/// </summary>
internal sealed class CardSides : IDisposable
{
    private const int Credentials = 10;
    private const string P11KitClient = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so";

    private readonly ChildProcess _agent;
    private readonly ChildProcess _p11Kit;

    public CardSides(string folder)
    {
        var store = new SoftHsm(Path.Combine(folder, "softhsm"));
        string pin = File.ReadAllText(store.CreateToken("card")).Trim();
        var hsm = new Dictionary<string, string> { [store.Environment.Key] = store.Environment.Value };
        SoftHsm = new CardSide("SoftHSM itself", RemoteSigning.Sandbox.SoftHsm.Module, pin, hsm);
        Commands.Run(CardSide.Driver, [SoftHsm.Module, "fill", pin, Credentials.ToString(CultureInfo.InvariantCulture)], hsm);

        string p11KitSocket = Path.Combine(folder, "p11-kit.sock");
        _p11Kit = ChildProcess.Start(
            "p11-kit server", "p11-kit",
            ["server", "--foreground", "--name", p11KitSocket, "--provider", SoftHsm.Module, "pkcs11:token=card"],
            Path.Combine(folder, "p11-kit.log"),
            new Dictionary<string, string>(hsm) { ["XDG_RUNTIME_DIR"] = folder });
        P11Kit = new CardSide(
            "SoftHSM through p11-kit", P11KitClient, pin, new Dictionary<string, string> { ["P11_KIT_SERVER_ADDRESS"] = $"unix:path={p11KitSocket}" });

        string agentSocket = Path.Combine(folder, "card.sock");
        _agent = ChildProcess.Start(
            "agent that answers at once", Path.Combine(Installation.Current.Artifacts, "native", "tests", "fake_agent_program"),
            [agentSocket, Credentials.ToString(CultureInfo.InvariantCulture)], Path.Combine(folder, "agent.log"));
        Ours = new CardSide(
            "our module, agent that answers at once", Installation.Current.Module, "12345678",
            new Dictionary<string, string> { ["REMOTESIGNING_SOCKET"] = agentSocket });
        Await(_p11Kit, p11KitSocket);
        Await(_agent, agentSocket);
    }

    public CardSide SoftHsm { get; }

    public CardSide P11Kit { get; }

    public CardSide Ours { get; }

    public IReadOnlyList<CardSide> All => [Ours, P11Kit, SoftHsm];

    public void Dispose()
    {
        _agent.Dispose();
        _p11Kit.Dispose();
    }

    private static void Await(ChildProcess child, string socket)
    {
        if (!SpinWait.SpinUntil(() => File.Exists(socket) || child.HasExited, TimeSpan.FromSeconds(20)) || child.HasExited)
        {
            throw new BenchmarkException($"{child.Name} did not start; {child.LogFile} says why.");
        }
    }
}
