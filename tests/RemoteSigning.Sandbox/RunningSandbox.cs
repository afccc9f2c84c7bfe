using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Sandbox;

/// <summary>
/// The whole system on loopback: PostgreSQL, one SoftHSM store for each process with keys, Pki, Sam, Authorization,
/// Server and the terminal agent, with fresh secrets and enrolled signers. It ends with this object, or with
/// this process, however that ends.
/// </summary>
public sealed class RunningSandbox : IAsyncDisposable
{
    private const string MainAgent = "agent";

    private readonly SandboxOptions _options;
    private readonly Steps _steps;
    private readonly SandboxLayout _layout;
    private readonly Installation _installation = Installation.Current;
    private readonly Dictionary<string, SoftHsm> _hsms = [];
    private readonly List<Service> _agents = [];
    private Configurations _configurations = null!; // Made first of all in StartAllAsync.
    private PrivatePostgres? _postgres;

    private RunningSandbox(SandboxOptions options, Steps steps)
    {
        _options = options;
        _steps = steps;
        _layout = new SandboxLayout(options.Folder);
    }

    public SandboxDescription Description { get; private set; } = null!; // Set at the end of StartAsync, before anybody sees the object.

    public Service Pki { get; private set; } = null!; // As above, like all services.

    public Service Sam { get; private set; } = null!;

    public Service Authorization { get; private set; } = null!;

    public Service Server { get; private set; } = null!;

    public Service Agent { get; private set; } = null!;

    public OperatorClient Operator { get; private set; } = null!;

    public string Folder => _layout.Root;

    /// <summary>A TLS client identity of the right root that nobody has registered.</summary>
    public SandboxDescription.PemPair UnregisteredClient =>
        new(_layout.Unregistered.Certificate, _layout.Unregistered.Key);

    public string SamLog => Path.Combine(_layout.Root, "sam", "data", "service.log");

    public string SamAuditKey => Path.Combine(_layout.Root, "sam", "data", "audit-public-key.pem");

    /// <summary>The SoftHSM store of a process: <c>sam</c>, <c>authorization</c> or <c>pki</c>.</summary>
    public SoftHsm Hsm(string process) => _hsms[process];

    public static async Task<RunningSandbox> StartAsync(SandboxOptions options, Steps steps, CancellationToken cancel)
    {
        var sandbox = new RunningSandbox(options, steps);
        try
        {
            await sandbox.StartAllAsync(cancel);
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        // What fails to end must not keep the others from being ended.
        var failures = new List<Exception>();
        foreach (IDisposable? part in (IDisposable?[])[Operator, .. _agents, Server, Authorization, Sam, Pki, _postgres, _layout])
        {
            try
            {
                part?.Dispose();
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException or UnauthorizedAccessException)
            {
                failures.Add(failure);
            }
        }

        return failures.Count == 0
            ? ValueTask.CompletedTask
            : ValueTask.FromException(new SandboxException("The sandbox did not end cleanly: " + failures[0].Message, failures[0]));
    }

    /// <summary>The command line of the terminal agent against this sandbox's agent.</summary>
    public CommandResult VirtualCard(string command, string? input = null) =>
        RunVirtualCard(SandboxLayout.AgentConfiguration(_layout.Make(MainAgent)), command, input);

    /// <summary>
    /// Starts one more agent, as if on another desktop: with a socket and a login mode of its own. It ends with the sandbox.
    /// </summary>
    /// <param name="email">The signer that it is signed in as.</param>
    /// <returns>The agent, and the environment that leads the module to it.</returns>
    public async Task<(Service Agent, IReadOnlyDictionary<string, string> Environment)> StartAgentAsync(
        string name, string email, string cardMode, CancellationToken cancel) =>
        (await StartAgentAsync(name, Description.Signers.Single(s => s.Email == email), cardMode, cancel), AgentEnvironment(name));

    private async Task StartAllAsync(CancellationToken cancel)
    {
        IReadOnlyDictionary<string, string> databases = await _steps.RunAsync(
            "Start a private PostgreSQL and make a database with one role for each process",
            () => Task.Run(StartDatabase, cancel),
            d => $"{d.Count} roles");
        Configurations configurations = _configurations = new Configurations(_layout, databases);
        (string sam, string authorization, string pki) = await _steps.RunAsync(
            "Make a SoftHSM token for each process that has keys",
            () => Task.Run(() => (CreateToken("sam"), CreateToken("authorization"), CreateToken("pki")), cancel),
            _ => "sam, authorization, pki");

        string samConfiguration = configurations.Sam(_hsms["sam"], sam);
        string authorizationConfiguration = configurations.Authorization(authorization, SamAuditKey);
        string pkiConfiguration = configurations.Pki(pki);
        string serverConfiguration = configurations.Server(SamAuditKey);
        await _steps.RunAsync(
            "Make the CA keys and certificates, the SAM's keys, the authorization server's keys; lay out the databases",
            async () =>
            {
                // The others verify the SAM's audit records, so they need its public key first.
                await Task.WhenAll(
                    CreateAsync("RemoteSigning.Pki", "pki", ["create", "--config", pkiConfiguration], cancel),
                    CreateAsync("RemoteSigning.Sam", "sam", ["admin", "create", "--config", samConfiguration], cancel));
                await Task.WhenAll(
                    CreateAsync("RemoteSigning.Server", "server", ["migrate", "--config", serverConfiguration], cancel),
                    CreateAsync("RemoteSigning.Authorization", "authorization", ["create", "--config", authorizationConfiguration], cancel));
            });
        configurations.SamDynamic(await File.ReadAllTextAsync(
            Path.Combine(_layout.Root, "authorization", "data", "sad-public-key.pem"), cancel));

        Pki = Define("RemoteSigning.Pki", "pki", pkiConfiguration, _layout.Pki, _layout.PkiPublic);
        Sam = Define("RemoteSigning.Sam", "sam", samConfiguration, _layout.Sam);
        Authorization = Define("RemoteSigning.Authorization", "authorization", authorizationConfiguration, _layout.Authorization);
        Server = Define("RemoteSigning.Server", "server", serverConfiguration, _layout.Server, _layout.Administration);
        await _steps.RunAsync(
            "Start Pki, Sam and Authorization",
            () => Task.WhenAll(Pki.StartAsync(cancel), Sam.StartAsync(cancel), Authorization.StartAsync(cancel)));
        await _steps.RunAsync("Start Server", () => Server.StartAsync(cancel));

        Operator = new OperatorClient(
            _layout.TlsRoot, new(_layout.Operator.Certificate, _layout.Operator.Key), _layout.Authorization, _layout.Administration);
        var signers = new List<SandboxDescription.Signer>();
        foreach (SampleSigner signer in _options.Signers)
        {
            signers.Add(await _steps.RunAsync(
                $"Enroll {signer.Email}: keys in the HSM, proof of possession, certificates",
                () => EnrollAsync(signer, cancel),
                s => $"{s.Credentials.Count} credentials"));
        }

        if (_options.WithAgent)
        {
            await _steps.RunAsync(
                "Start the terminal agent, signed in as " + signers[0].Email,
                async () => Agent = await StartAgentAsync(MainAgent, signers[0], _options.CardMode, cancel));
        }

        Description = Describe(signers);
        Description.Write(Path.Combine(_layout.Root, "sandbox.json"));
    }

    private IReadOnlyDictionary<string, string> StartDatabase()
    {
        _postgres = PrivatePostgres.Start(Path.Combine(_layout.Root, "postgres"), Path.Combine(_layout.Logs, "postgres.log"));
        return _postgres.CreateDatabase("remotesigning", "server", "authz", "pki");
    }

    private string CreateToken(string process)
    {
        var hsm = new SoftHsm(Path.Combine(_layout.Make(process), "hsm"));
        _hsms[process] = hsm;
        return hsm.CreateToken(process);
    }

    private Dictionary<string, string> EnvironmentOf(string process)
    {
        // Several server processes share this machine, so each takes the workstation garbage collector.
        var environment = new Dictionary<string, string> { ["DOTNET_gcServer"] = "0", ["TMPDIR"] = Path.GetTempPath() };
        if (_hsms.TryGetValue(process, out SoftHsm? hsm))
        {
            environment[hsm.Environment.Key] = hsm.Environment.Value;
        }

        return environment;
    }

    private async Task CreateAsync(
        string project, string process, IReadOnlyList<string> arguments, CancellationToken cancel) => await Task.Run(
        () => Commands.Run("dotnet", [_installation.Assembly("backend", project), .. arguments], EnvironmentOf(process)), cancel);

    private Service Define(string project, string process, string configuration, params Uri[] addresses) => new(
        project,
        Path.Combine(_layout.Logs, $"{process}.log"),
        "dotnet",
        [_installation.Assembly("backend", project), "run", "--config", configuration],
        EnvironmentOf(process),
        Service.Listens(addresses));

    private async Task<SandboxDescription.Signer> EnrollAsync(SampleSigner sample, CancellationToken cancel)
    {
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        Account account = await Operator.CreateAccountAsync(
            new AccountRequest(sample.Email, sample.GivenName, sample.FamilyName, password, SampleSigner.Pin), cancel);
        await Operator.CreateSignerAsync(
            new SignerRequest(account.Signer, sample.Email, sample.GivenName, sample.FamilyName), cancel);
        var credentials = new ConcurrentDictionary<SampleCredential, SandboxDescription.Credential>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel };
        await Parallel.ForEachAsync(sample.Credentials, limits, async (c, stop) =>
        {
            CredentialCreated created = await Operator.CreateCredentialAsync(
                account.Signer, new CredentialRequest(c.Label, c.Key, c.Purpose, c.Scal, c.AuthMode, c.Pin, c.Otp), stop);
            credentials[c] = new(created.Id, c.Label, c.Algorithm, c.Purpose, c.Scal, c.AuthMode, c.Pin, c.Otp);
        });
        return new SandboxDescription.Signer(
            account.Signer, sample.Email, password, account.TotpSecret!, SampleSigner.Pin, [.. sample.Credentials.Select(c => credentials[c])]);
    }

    private async Task<Service> StartAgentAsync(string name, SandboxDescription.Signer signer, string cardMode, CancellationToken cancel)
    {
        string configuration = _configurations.Agent(name, signer, cardMode);
        string socket = _layout.AgentSocket(name);
        var agent = new Service(
            "virtual-card",
            Path.Combine(_layout.Logs, $"{name}.log"),
            "dotnet",
            [_installation.Assembly("client", "RemoteSigning.Agent", "virtual-card"), "run", "--config", configuration],
            EnvironmentOf("agent"),
            _ => Task.FromResult(SocketAnswers(socket) && IsSignedIn(configuration)));
        _agents.Add(agent);
        await agent.StartAsync(cancel);
        return agent;
    }

    /// <summary>Whether the agent has signed in and read the credentials: when the server was slow, it serves before that.</summary>
    private bool IsSignedIn(string configuration) =>
        RunVirtualCard(configuration, "status") is { ExitCode: 0 } status && status.Output.Contains("Last read", StringComparison.Ordinal);

    private CommandResult RunVirtualCard(string configuration, string command, string? input = null) => Commands.Try(
        "dotnet",
        [_installation.Assembly("client", "RemoteSigning.Agent", "virtual-card"), .. command.Split(' '), "--config", configuration],
        input: input);

    private static bool SocketAnswers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private SandboxDescription Describe(IReadOnlyList<SandboxDescription.Signer> signers)
    {
        string server = Trim(_layout.Server);
        string pki = Trim(_layout.Pki);
        string pkiPublic = Trim(_layout.PkiPublic);
        return new SandboxDescription(
            Server: server,
            Administration: Trim(_layout.Administration),
            Authorization: Trim(_layout.Authorization),
            Issuer: Trim(_layout.Authorization),
            Sam: Trim(_layout.Sam),
            Pki: pki,
            TlsRoot: _layout.TlsRoot,
            SigningRoot: Path.Combine(_layout.Root, "pki", "data", "root.pem"),
            Csc: new($"{server}/csc/v0", $"{server}/csc/v1", $"{server}/csc/v2"),
            Clients: [],
            Signers: signers,
            Administrators: [],
            SamClients: new(
                new(_layout.Ssa.Certificate, _layout.Ssa.Key), new(_layout.Operator.Certificate, _layout.Operator.Key)),
            Pkcs11: new(
                _installation.Module, AgentEnvironment(MainAgent)),
            Agent: new(_layout.AgentSocket(MainAgent)),
            Est: $"{pki}/.well-known/est",
            Ocsp: $"{pkiPublic}/ocsp",
            Crl: $"{pkiPublic}/crl/issuing.crl",
            Timestamp: null,
            Database: _postgres!.OwnerConnection("remotesigning"), // Started first of all.
            Logs: _layout.Logs);
    }

    private Dictionary<string, string> AgentEnvironment(string name) => new() { ["REMOTESIGNING_SOCKET"] = _layout.AgentSocket(name) };

    private static string Trim(Uri address) => address.ToString().TrimEnd('/');
}
