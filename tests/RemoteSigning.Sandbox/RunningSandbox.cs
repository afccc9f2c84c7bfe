using System.Net.Http.Json;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;

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
    private SamSetup _samSetup = null!; // Made first of all in StartAllAsync.
    private SandboxAgents _agents = null!; // As above.
    private string _serverConfiguration = null!; // As above.
    private PrivatePostgres? _postgres;
    private MailCatcher? _mail;

    private RunningSandbox(SandboxOptions options, Steps steps)
    {
        _options = options;
        _steps = steps;
        _layout = new SandboxLayout(options.Folder, options.SamNodes);
    }

    public SandboxDescription Description { get; private set; } = null!; // Set at the end of StartAsync, before anybody sees the object.

    public Service Pki { get; private set; } = null!; // As above, like all services.

    /// <summary>The nodes of the SAM, in the order of their numbers.</summary>
    public IReadOnlyList<Service> SamNodes { get; private set; } = [];

    /// <summary>The first node, mostly the only one.</summary>
    public Service Sam => SamNodes[0];

    public Service Authorization { get; private set; } = null!;

    public Service Server { get; private set; } = null!;

    public Service Agent { get; private set; } = null!;

    public OperatorClient Operator { get; private set; } = null!;

    /// <summary>The mail server that keeps the one-time codes.</summary>
    public MailCatcher Mail => _mail ?? throw new InvalidOperationException("The mail server was not started.");

    /// <summary>The process of PostgreSQL whose children the others are.</summary>
    public int DatabaseProcessId => _postgres?.ProcessId ?? throw new InvalidOperationException("PostgreSQL was not started.");

    public string Folder => _layout.Root;

    /// <summary>A TLS client identity of the right root that nobody has registered.</summary>
    public SandboxDescription.PemPair UnregisteredClient =>
        new(_layout.Unregistered.Certificate, _layout.Unregistered.Key);

    public string SamLog => _layout.SamNodes[0].Log;

    public string SamAuditKey => _layout.SamNodes[0].AuditKey;

    /// <summary>The SoftHSM store of a process: <c>sam</c> (further nodes: <c>sam-2</c>, …), <c>authorization</c> or <c>pki</c>.</summary>
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
        foreach (IDisposable? part in (IDisposable?[])[Operator, .. _agents?.Running ?? [], Server, Authorization, .. SamNodes, Pki, _mail, _postgres, _layout])
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
        SandboxAgents.VirtualCard(SandboxLayout.AgentConfiguration(_layout.Make(MainAgent)), command, input);

    /// <summary>Has the signing server store and count what it lost of the SAM's first log, as after a crash.</summary>
    public CommandResult RecoverSignatures()
    {
        string copy = Path.Combine(_layout.Make("recovery"), "service.log");
        File.Copy(SamLog, copy, overwrite: true);
        return Commands.Try(
            "dotnet",
            [_installation.Assembly("backend", "RemoteSigning.Server"), "recover", "--config", _serverConfiguration, "--log", copy],
            EnvironmentOf("server"));
    }

    /// <summary>Runs <c>admin COMMAND</c> of the SAM for a node, as its operator would; mostly the node has to be stopped.</summary>
    /// <param name="node">From 0.</param>
    public CommandResult SamAdmin(int node, string command, params string[] arguments) => Commands.Try(
        "dotnet",
        [_installation.Assembly("backend", "RemoteSigning.Sam"), "admin", command, "--config", _samSetup.FileOf(_layout.SamNodes[node]), .. arguments],
        EnvironmentOf(_layout.SamNodes[node].Process));

    /// <summary>The arguments with which these officers of the SAM, of three, give their shares.</summary>
    public string[] SamShares(params int[] officers) => [.. _samSetup.Shares(officers)];

    /// <summary>A node's <c>sam_infrastructure.json</c>.</summary>
    public string SamInfrastructure(int node) => _layout.SamNodes[node].Infrastructure;

    /// <summary>The second operator's approval of a statement of a node; returns the file with it.</summary>
    public string ApproveForSam(int node, string statement, string type) => _samSetup.Approve(_layout.SamNodes[node], statement, type);

    /// <summary>
    /// Starts one more agent, as if on another desktop: with a socket and a login mode of its own. It ends with the sandbox.
    /// </summary>
    /// <param name="email">The signer that it is signed in as.</param>
    /// <returns>The agent, and the environment that leads the module to it.</returns>
    public async Task<(Service Agent, IReadOnlyDictionary<string, string> Environment)> StartAgentAsync(
        string name, string email, string cardMode, CancellationToken cancel) =>
        (await _agents.StartAsync(name, Description.Signers.Single(s => s.Email == email), cardMode, cancel), _agents.EnvironmentOf(name));

    /// <summary>Makes an account, a signer and credentials, as an operator does.</summary>
    public Task<SandboxDescription.Signer> EnrollAsync(SampleSigner sample, CancellationToken cancel) =>
        SampleEnrollment.EnrollAsync(Operator, sample, cancel);

    private async Task StartAllAsync(CancellationToken cancel)
    {
        IReadOnlyDictionary<string, string> databases = await _steps.RunAsync(
            "Start a private PostgreSQL and make a database with one role for each process",
            () => Task.Run(StartDatabase, cancel),
            d => $"{d.Count} roles");
        var configurations = new Configurations(_layout, databases, _options.Traces);
        _agents = new SandboxAgents(_layout, configurations, EnvironmentOf("agent"));
        Dictionary<string, string> pinFiles = await _steps.RunAsync(
            "Make a SoftHSM token for each process that has keys",
            () => Task.Run(CreateTokens, cancel),
            p => string.Join(", ", p.Keys));

        _mail = new MailCatcher(Path.Combine(_layout.Root, "mail"), Path.Combine(_layout.Logs, "mail.log"), _layout.MailServer);
        string authorizationConfiguration = configurations.Authorization(pinFiles["authorization"], _mail);
        string pkiConfiguration = configurations.Pki(pinFiles["pki"]);
        string serverConfiguration = _serverConfiguration = configurations.Server();
        _samSetup = new SamSetup(_layout, configurations, (process, arguments) => CreateAsync("RemoteSigning.Sam", process, arguments, cancel));
        await _steps.RunAsync(
            "Make the CA keys and certificates, the SAM's keys, the authorization server's keys; lay out the databases",
            async () =>
            {
                // The others verify the SAM's audit records, so they need its public key first.
                await Task.WhenAll(
                    CreateAsync("RemoteSigning.Pki", "pki", ["create", "--config", pkiConfiguration], cancel),
                    _samSetup.CreateAsync(pinFiles));
                await Task.WhenAll(
                    CreateAsync("RemoteSigning.Server", "server", ["migrate", "--config", serverConfiguration], cancel),
                    CreateAsync("RemoteSigning.Authorization", "authorization", ["create", "--config", authorizationConfiguration], cancel));
            });
        await _steps.RunAsync(
            "Configure the SAM: one operator imports, the second approves",
            async () => await _samSetup.ConfigureAsync(await File.ReadAllTextAsync(
                Path.Combine(_layout.Root, "authorization", "data", "sad-public-key.pem"), cancel)));

        Pki = Define("RemoteSigning.Pki", "pki", pkiConfiguration, _layout.Pki, _layout.PkiPublic);
        SamNodes = [.. _layout.SamNodes.Select(n => Define("RemoteSigning.Sam", n.Process, _samSetup.FileOf(n), n.Address))];
        Authorization = Define("RemoteSigning.Authorization", "authorization", authorizationConfiguration, _layout.Authorization);
        Server = Define("RemoteSigning.Server", "server", serverConfiguration, _layout.Server, _layout.Administration);
        await _steps.RunAsync(
            "Start Pki, Sam, Authorization and a mail server that keeps the one-time codes",
            () => Task.WhenAll([_mail.StartAsync(cancel), Pki.StartAsync(cancel), Authorization.StartAsync(cancel), .. SamNodes.Select(n => n.StartAsync(cancel))]));
        if (SamNodes.Count > 1)
        {
            await _steps.RunAsync("Wait until the nodes of the SAM have heard one another", () => WaitForPeersAsync(cancel));
        }

        await _steps.RunAsync("Start Server", () => Server.StartAsync(cancel));

        Operator = new OperatorClient(
            _layout.TlsRoot, new(_layout.Operator.Certificate, _layout.Operator.Key), _layout.Authorization, _layout.Administration);
        ApplicationCreated application = await Operator.CreateApplicationAsync(
            new ApplicationRequest("Sample application", "Sample owner", "owner@example.com"), cancel);
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
                async () => Agent = await _agents.StartAsync(MainAgent, signers[0], _options.CardMode, cancel));
        }

        Description = Describe(application, signers);
        Description.Write(Path.Combine(_layout.Root, "sandbox.json"));
    }

    private IReadOnlyDictionary<string, string> StartDatabase()
    {
        _postgres = PrivatePostgres.Start(Path.Combine(_layout.Root, "postgres"), Path.Combine(_layout.Logs, "postgres.log"));
        return _postgres.CreateDatabase("remotesigning", "server", "authz", "pki");
    }

    /// <returns>The files with the PINs, by process.</returns>
    private Dictionary<string, string> CreateTokens()
    {
        Dictionary<string, string> pinFiles = [];
        foreach (SamNodePlace node in _layout.SamNodes)
        {
            pinFiles[node.Process] = CreateToken(node.Process, "sam");
        }

        pinFiles["authorization"] = CreateToken("authorization", "authorization");
        pinFiles["pki"] = CreateToken("pki", "pki");
        return pinFiles;
    }

    private string CreateToken(string process, string label)
    {
        var hsm = new SoftHsm(Path.Combine(_layout.Make(process), "hsm"));
        _hsms[process] = hsm;
        return hsm.CreateToken(label);
    }

    /// <summary>Waits until every node of the SAM serves: in a cluster, when it has heard the others.</summary>
    /// <exception cref="SandboxException">One does not after three minutes; the message has its reason.</exception>
    public async Task WaitForPeersAsync(CancellationToken cancel)
    {
        using HttpClient asSsa = OperatorClient.CreateHttp(_layout.TlsRoot, new(_layout.Ssa.Certificate, _layout.Ssa.Key));
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        foreach (SamNodePlace node in _layout.SamNodes)
        {
            // A status has a body.
            while ((await asSsa.GetFromJsonAsync(new Uri(node.Address, "/sam/v1/status"), SamJson.Default.SamStatus, cancel))!.Unavailable is { } reason)
            {
                if (guard.IsCancellationRequested)
                {
                    throw new SandboxException($"{node.Node} does not serve: {reason}");
                }

                await Task.Delay(200, cancel);
            }
        }
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

    private SandboxDescription Describe(ApplicationCreated application, IReadOnlyList<SandboxDescription.Signer> signers)
    {
        string server = Trim(_layout.Server);
        string pki = Trim(_layout.Pki);
        string pkiPublic = Trim(_layout.PkiPublic);
        return new SandboxDescription(
            Server: server,
            Administration: Trim(_layout.Administration),
            Authorization: Trim(_layout.Authorization),
            Issuer: Trim(_layout.Authorization),
            Sam: Trim(_layout.SamNodes[0].Address),
            SamNodes: [.. _layout.SamNodes.Select(n => new SandboxDescription.SamNode(
                n.Node, Trim(n.Address), n.AuditKey, n.Log, n.Tls.Certificate, n.Tls.Key))],
            Pki: pki,
            TlsRoot: _layout.TlsRoot,
            SigningRoot: Path.Combine(_layout.Root, "pki", "data", "root.pem"),
            Csc: new($"{server}/csc/v0", $"{server}/csc/v1", $"{server}/csc/v2"),
            Clients: [],
            Applications: [new(application.Application.ClientId, application.Application.Name, application.ApiKey)],
            Signers: signers,
            Administrators: [],
            SamClients: new(
                new(_layout.Ssa.Certificate, _layout.Ssa.Key),
                new(_layout.Operator.Certificate, _layout.Operator.Key),
                new(SamSetup.SecondOperator, _layout.SecondOperator.Certificate, _layout.SecondOperator.Key, _samSetup.ApprovalKey)),
            PkiClients: new(new(_layout.RegistrationAuthority.Certificate, _layout.RegistrationAuthority.Key)),
            Pkcs11: new(
                _installation.Module, _agents.EnvironmentOf(MainAgent)),
            Agent: new(_layout.AgentSocket(MainAgent)),
            Est: $"{pki}/.well-known/est",
            Ocsp: $"{pkiPublic}/ocsp",
            Crl: $"{pkiPublic}/crl/issuing.crl",
            Timestamp: $"{pkiPublic}/tsa",
            Database: _postgres!.OwnerConnection("remotesigning"), // Started first of all.
            Logs: _layout.Logs,
            Mail: Mail.Folder,
            Health: _layout.Health.ToDictionary(h => h.Key, h => Trim(h.Value)));
    }

    private static string Trim(Uri address) => address.ToString().TrimEnd('/');
}
