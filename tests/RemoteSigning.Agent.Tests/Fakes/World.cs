using System.Security.Cryptography;
using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>A server and an agent for one test, in a folder of their own. The agent runs until the world is disposed.</summary>
internal sealed class World : IAsyncDisposable
{
    public static readonly RSA Rsa = RSA.Create(2048);
    public static readonly ECDsa P256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    public static readonly ECDsa P384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    public static readonly TestPki Pki = new();

    private readonly CancellationTokenSource _stopping = new();
    private AgentHost? _host;
    private Task? _running;

    private World(FakeServer server, string folder, string tlsRoot)
    {
        Server = server;
        Folder = folder;
        Options = new AgentOptions { Server = server.Address, TlsRoot = tlsRoot, Email = FakeServer.Email, Socket = Path.Combine(folder, "run", "card.sock") };
    }

    public FakeServer Server { get; }

    public string Folder { get; }

    public FakeUi Ui { get; } = new();

    public ListLog Log { get; } = new();

    public UnixSystem System => new(Log);

    public AgentOptions Options { get; set; }

    /// <summary>The agent's; not that of its server.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public string Socket => Options.Socket ?? "";

    public AgentHost Host => _host ?? throw new InvalidOperationException("The agent has not been started.");

    /// <summary>With the credentials rsa, p256, p384 (PIN), otp (PIN and one-time code), free (no factor) and auth.</summary>
    public static async Task<World> CreateAsync()
    {
        string folder = Directory.CreateTempSubdirectory("rs-agent-").FullName;
        using var authority = new TlsAuthority();
        string root = Path.Combine(folder, "root.pem");
        await File.WriteAllTextAsync(root, authority.RootPem);
        FakeServer server = await FakeServer.StartAsync(authority.IssueServer(folder, "server"));
        server.Add(new FakeCredential("rsa", Rsa, Pki.Issue(Rsa, true)));
        server.Add(new FakeCredential("p256", P256, Pki.Issue(P256, true)) { Label = "Curve" });
        server.Add(new FakeCredential("p384", P384, Pki.Issue(P384, true)));
        server.Add(new FakeCredential("otp", Rsa, Pki.Issue(Rsa, true)) { NeedsOtp = true });
        server.Add(new FakeCredential("free", Rsa, Pki.Issue(Rsa, true)) { NeedsPin = false });
        server.Add(new FakeCredential("auth", P256, Pki.Issue(P256, false)));
        return new World(server, folder, root);
    }

    /// <summary>A world whose agent serves and is signed in.</summary>
    public static async Task<World> StartAsync(CardMode mode)
    {
        World world = await CreateAsync();
        world.Options = world.Options with { CardMode = mode };
        await world.StartAsync();
        return world;
    }

    /// <summary>Gives the agent a secrets file with this password.</summary>
    public void StoreSecrets(string password)
    {
        string file = Path.Combine(Folder, "secrets.json");
        OwnerOnly.Write(file, $$"""{"password":"{{password}}","pin":"{{FakeServer.Pin}}","totpSecret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}""");
        Options = Options with { SecretsFile = file };
    }

    public async Task StartAsync(bool signedIn = true)
    {
        _host = new AgentHost(Options, Ui, System, Clock, Log);
        _running = _host.RunAsync(_stopping.Token);
        if (Options.SecretsFile is not null)
        {
            await UntilAsync(_ => true);
        }

        if (signedIn)
        {
            using var password = new Secret(FakeServer.Password);
            await _host.SignInAsync(password, CancellationToken.None);
        }
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await (_running ?? Task.CompletedTask);
    }

    public Task<CardClient> ConnectAsync(byte[]? instance = null) => CardClient.GreetAsync(Socket, instance);

    public static SignRequest Request(
        string credential, SignatureScheme scheme = SignatureScheme.RsaPkcs1, byte hash = 3, ushort salt = 0, bool silent = false, string pin = "") => new(
        credential, (byte)scheme, hash, salt, silent, 0, global::System.Text.Encoding.UTF8.GetBytes(pin), Digest(hash));

    /// <summary>Some digest of the right length.</summary>
    public static byte[] Digest(byte hash) => Enumerable.Range(1, hash switch { 1 => 20, 3 => 32, 4 => 48, _ => 64 }).Select(i => (byte)(i * 3)).ToArray();

    /// <summary>Asks the agent how it is until it is so.</summary>
    public async Task UntilAsync(Func<AgentStatus, bool> isSo)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var control = new ControlClient(System, Socket);
        while (true)
        {
            try
            {
                if (isSo(await control.AskAsync(new ControlRequest(ControlCommands.Status), deadline.Token)))
                {
                    return;
                }
            }
            catch (ProblemException e) when (e.Problem == Problem.AgentUnavailable)
            {
                // It has not begun to serve; the deadline ends this.
                deadline.Token.ThrowIfCancellationRequested();
            }

            await Task.Yield();
        }
    }

    /// <summary>The problem that a call is answered with.</summary>
    public static async Task<Problem> ProblemOfAsync(Task call)
    {
        try
        {
            await call;
            return Problem.None;
        }
        catch (ProblemException e)
        {
            Assert.That(e.Message, Is.Not.Empty);
            return e.Problem;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host?.Dispose();
        await Server.DisposeAsync();
        _stopping.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}

