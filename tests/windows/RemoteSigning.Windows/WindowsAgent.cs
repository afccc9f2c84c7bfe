using System.Text.Json.Nodes;
using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>
/// The product's agent, published for Windows, as a console program in the prefix against the sandbox's server. There is one a
/// logon session, and so one in the prefix: another mode is a restart.
/// It reads keys from certificates and verifies signatures, so it has the stand-ins.
/// </summary>
internal sealed class WindowsAgent : IDisposable
{
    private readonly WinePrefix _prefix;
    private readonly SandboxDescription _sandbox;
    private readonly string _program;
    private readonly string _folder;
    private Service? _service;

    /// <param name="folder">Where its configurations go.</param>
    public WindowsAgent(WinePrefix prefix, SandboxDescription sandbox, string folder)
    {
        _prefix = prefix;
        _sandbox = sandbox;
        _program = PublishedProgram.Publish(prefix, "client/RemoteSigning.Agent", "agent", "virtual-card");
        _folder = Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>The login mode of the running agent; null before the first start.</summary>
    public CardMode? Mode { get; private set; }

    public string LogFile => Path.Combine(_sandbox.Logs, "windows-agent.log");

    private string Configuration => Path.Combine(_folder, "agent.json");

    /// <summary>Starts it in this mode, signed in as the first signer; what ran before is ended.</summary>
    public async Task StartAsync(CardMode mode, CancellationToken cancel)
    {
        Kill();
        _service?.Dispose();
        Configure(mode);
        Mode = mode;
        _service = new Service(
            "virtual-card.exe",
            LogFile,
            "wine",
            [_program, "run", "--config", WinePrefix.ToWindows(Configuration)],
            _prefix.With(_prefix.StandIns),
            _ => Task.FromResult(IsSignedIn()));
        await _service.StartAsync(cancel);
    }

    /// <summary>Kills it, as a crash would, and starts it again in the same mode.</summary>
    public async Task RestartAsync(CancellationToken cancel)
    {
        Kill();
        await _service!.StartAsync(cancel); // Something was started before.
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public void Kill() => _service?.Kill();

    /// <summary>One of its commands against the running agent: <c>status</c>, <c>login</c> and so on.</summary>
    public CommandResult Command(params string[] words) =>
        _prefix.Try(_program, [.. words, "--config", WinePrefix.ToWindows(Configuration)], _prefix.StandIns);

    public void Dispose() => _service?.Dispose();

    private bool IsSignedIn() => Command("status") is { ExitCode: 0 } status && status.Output.Contains("Last read", StringComparison.Ordinal);

    private void Configure(CardMode mode)
    {
        SandboxDescription.Signer signer = _sandbox.Signers[0];
        string secrets = Path.Combine(_folder, "secrets.json");
        OwnerOnly.Write(secrets, new JsonObject
        {
            ["password"] = signer.Password,
            ["pin"] = signer.Pin,
            ["totpSecret"] = signer.TotpSecret,
        }.ToJsonString());
        OwnerOnly.Write(Configuration, new JsonObject
        {
            // Wine looks for the server's name among the DNS names of its certificate only, not among its addresses.
            ["server"] = _sandbox.Server.Replace("127.0.0.1", "localhost", StringComparison.Ordinal),
            ["tlsRoot"] = WinePrefix.ToWindows(_sandbox.TlsRoot),
            ["email"] = signer.Email,
            ["cardMode"] = mode.ToString().ToLowerInvariant(),
            ["secretsFile"] = WinePrefix.ToWindows(secrets),
        }.ToJsonString());
    }
}
