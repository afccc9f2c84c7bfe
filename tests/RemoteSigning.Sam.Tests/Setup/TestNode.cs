using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sam.Platform;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// A node in this process behind its real mutual TLS listener, with two authorization servers, an SSA that may
/// bring SADs of the first only, and an operator. It can be stopped, its files changed, and started again.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string Name = "sam-1";

    private readonly TestParties _parties;
    private readonly bool _ownsParties;
    private readonly TlsIdentity _server;
    private readonly TestSetup _setup;
    private JsonArray? _peers;
    private SamHost? _host;

    private TestNode(string folder, TestSetup setup)
        : this(folder, Name, new TestParties(folder), setup) => _ownsParties = true;

    /// <summary>A node of a cluster.</summary>
    public TestNode(string folder, string name, TestParties parties, TestSetup? setup = null)
    {
        _parties = parties;
        NodeName = name;
        Folder = folder;
        Data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        _setup = setup ?? new TestSetup();
        _server = parties.Authority.IssueServer(folder, "server");
        WriteConfiguration();
        _setup.Make(ConfigurationFile, Seams);
        Client = new SamClient(Address, TlsRoot, Ssa);
    }

    public Uri Address { get; } = new($"https://127.0.0.1:{FreePort.Next()}");

    public string NodeName { get; }

    public string Folder { get; }

    public string Data { get; }

    public TlsIdentity Ssa => _parties.Ssa;

    public TlsIdentity Operator => _parties.Operator;

    public TlsIdentity Stranger => _parties.Stranger;

    /// <summary>The node's own identity, which it also shows to its peers.</summary>
    public TlsIdentity Server => _server;

    /// <summary>The allowed authorization server.</summary>
    public ECDsa As1 => _parties.As1;

    /// <summary>A registered one whose SADs the SSA may not bring.</summary>
    public ECDsa As2 => _parties.As2;

    /// <summary>Moves only when a test says so.</summary>
    public SettableClock Clock { get; } = new(DateTimeOffset.UtcNow);

    /// <summary>The SSA's connection.</summary>
    public SamClient Client { get; }

    /// <summary>Lets the medium of the logs and of the floor list fail.</summary>
    public Faults LogFaults { get; } = new();

    public Faults FloorFaults { get; } = new();

    /// <summary>Pretended losses of the HSM login.</summary>
    public long LostLogins { get; set; }

    /// <summary>The HSM workers that were started, by their process id; without a worker there is none.</summary>
    public ConcurrentQueue<(int Id, Task Ended)> Workers { get; } = new();

    /// <summary>Runs whenever the node looks after its login, as it does once more right before a key signs.</summary>
    public Action? BeforeLoginIsAsked { get; set; }

    public string TlsRoot => _parties.TlsRoot;

    public bool IsRunning => _host is not null;

    public string ConfigurationFile => Path.Combine(Folder, "sam.json");

    public string LogFile => Path.Combine(Data, "service.log");

    public string AdministrationLogFile => Path.Combine(Data, "admin.log");

    public string FloorFile => Path.Combine(Data, "floor.list");

    public string InfrastructureFile => Path.Combine(Data, "sam_infrastructure.json");

    public string AuditKeyFile => Path.Combine(Data, "audit-public-key.pem");

    public string StaticFile => Path.Combine(Folder, "static_config.json");

    public string DynamicFile => Path.Combine(Folder, "dynamic_config.json");

    public static async Task<TestNode> StartNewAsync(Action<JsonObject>? editStatic = null)
    {
        TestNode node = New(editStatic is null ? null : new TestSetup { EditStatic = editStatic });
        await node.StartAsync();
        return node;
    }

    /// <summary>A node that was made and not started.</summary>
    public static TestNode New(TestSetup? setup = null) => new(
        Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName, setup ?? new TestSetup());

    public async Task StartAsync() => _host = await SamHost.StartAsync(ConfigurationFile, Seams, CancellationToken.None);

    /// <summary><c>admin import</c> on the stopped node.</summary>
    /// <returns>What it said.</returns>
    public async Task<string> ImportAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        await AdminImportCommand.RunAsync(["--config", ConfigurationFile, .. arguments], output, Seams);
        return output.ToString();
    }

    /// <summary><c>admin add-kek</c> on the stopped node.</summary>
    /// <returns>What it said.</returns>
    public Task<string> AddKeyEncryptionKeyAsync(params string[] more) => SayAsync(output => AdminKeyEncryptionKeyCommand.AddAsync(
        ["--config", ConfigurationFile, .. more], output, Seams));

    /// <summary><c>admin retire-kek</c> on the stopped node.</summary>
    /// <inheritdoc cref="AddKeyEncryptionKeyAsync"/>
    public Task<string> RetireKeyEncryptionKeyAsync(int generation, params string[] more) => SayAsync(output => AdminKeyEncryptionKeyCommand.RetireAsync(
        ["--config", ConfigurationFile, "--generation", $"{generation}", .. more], output, Seams));

    /// <summary><c>admin adopt</c> on the stopped node.</summary>
    /// <inheritdoc cref="AddKeyEncryptionKeyAsync"/>
    public Task<string> AdoptAsync(string infrastructure, params string[] more) => SayAsync(output => AdminAdoptCommand.RunAsync(
        ["--config", ConfigurationFile, "--infrastructure", infrastructure, .. more], output, Seams));

    /// <summary>For commands, too.</summary>
    public SamSeams Seams => new(
        Clock,
        path => new FaultyFile(new AppendFile(path), path == FloorFile ? FloorFaults : LogFaults),
        hsm =>
        {
            BeforeLoginIsAsked?.Invoke();
            return hsm.LoginGeneration + LostLogins;
        })
    {
        BeatInterval = Timeout.InfiniteTimeSpan,
        LeastWorkerLife = TimeSpan.Zero,
        StartWorker = () =>
        {
            HsmWorkerProcess worker = HsmWorkerProcess.Start();
            Workers.Enqueue((worker.Id, worker.Ended));
            return worker;
        },
    };

    public async Task StopAsync()
    {
        if (_host is { } host)
        {
            _host = null;
            await host.DisposeAsync();
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>The running node, behind its listener.</summary>
    public SamNode Node => _host!.Node; // A test asks running nodes only.

    public SamNode Running => _host!.Node; // A test asks running nodes only.

    /// <summary>How many entries the running node's floor list has, durable and in force.</summary>
    public long FloorEntries => Node.Floors.Summary.Count;

    /// <summary>Asks all peers how they are.</summary>
    public Task BeatAsync() => Node.Beats.BeatAsync();

    /// <summary>Names the nodes of the cluster in the static configuration, for the next start.</summary>
    public void SetPeers(IEnumerable<TestNode> nodes)
    {
        _peers = new JsonArray([.. nodes.Select(n => new JsonObject
        {
            ["id"] = n.NodeName,
            ["address"] = $"127.0.0.1:{n.Address.Port}",
            ["server_name"] = $"{n.NodeName}.example",
            ["public_key"] = PublicKeyPem.Encode(n._server.PublicKeyInfo),
            ["audit_key"] = File.ReadAllText(n.AuditKeyFile),
        })]);
        WriteConfiguration();
    }

    /// <summary>Another connection, as whoever has this identity; without one, no client certificate is shown.</summary>
    public SamClient Connect(TlsIdentity? identity) => new(Address, TlsRoot, identity);

    public async Task<string> EpochAsync() =>
        (await Client.GetStatusAsync()).Epoch;

    /// <summary>The records of the service log's live file, oldest first.</summary>
    public IReadOnlyList<AuditRecord> Records() => Records(LogFile);

    public IReadOnlyList<AuditRecord> AdministrationRecords() => Records(AdministrationLogFile);

    public static IReadOnlyList<AuditRecord> Records(string file) =>
    [
        .. File.ReadAllLines(file).Where(l => l.StartsWith("{\"v\":", StringComparison.Ordinal))
            .Select(l => JsonSerializer.Deserialize(l, AuditJson.Default.AuditRecord)!), // A line is never null.
    ];

    /// <summary>As if the tamper program had said so.</summary>
    public Task LockAsync() => _host!.Node.LockAsync("a test says so"); // Only while it runs.

    public Task CheckTamperAsync() => _host!.CheckTamperAsync(); // Only while it runs.

    /// <summary>Changes the section <c>Sam</c> of the configuration; the next start reads it.</summary>
    public void Configure(Action<JsonNode> change)
    {
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(ConfigurationFile))!;
        change(configuration["Sam"]!);
        OwnerOnly.Write(ConfigurationFile, configuration.ToJsonString());
    }

    /// <summary>What logrotate's HUP makes the node do.</summary>
    public Task<int> ReopenLogsAsync() => _host!.ReopenLogsAsync(); // Only while it runs.

    public int VerifyLog(out string said, params string[] more)
    {
        return VerifyLog([LogFile], out said, more);
    }

    public int VerifyLog(IEnumerable<string> files, out string said, params string[] more)
    {
        using var output = new StringWriter();
        int code = VerifyLogCommand.Run([.. files.SelectMany(f => (string[])["--log", f]), "--audit-key", AuditKeyFile, .. more], output);
        said = output.ToString();
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        LogFaults.Heal();
        FloorFaults.Heal();
        await StopAsync();
        Client.Dispose();
        if (_ownsParties)
        {
            _parties.Dispose();
        }
    }

    private static async Task<string> SayAsync(Func<TextWriter, Task<int>> command)
    {
        using var output = new StringWriter();
        await command(output);
        return output.ToString();
    }

    private void WriteConfiguration()
    {
        var node = new JsonObject
        {
            ["version"] = 1,
            ["node"] = NodeName,
            ["minimum_acr"] = "substantial",
            ["operators"] = new JsonArray(new JsonObject { ["id"] = "operator", ["public_key"] = PublicKeyPem.Encode(Operator.PublicKeyInfo) }),
            ["peers"] = _peers?.DeepClone(),
        };
        _setup.EditStatic(node);
        File.WriteAllText(StaticFile, node.ToJsonString());
        File.WriteAllText(DynamicFile, JsonSerializer.Serialize(
            new DynamicConfiguration(
                7,
                [new("as-1", As1.ExportSubjectPublicKeyInfoPem()), new("as-2", As2.ExportSubjectPublicKeyInfoPem())],
                [new("ssa", PublicKeyPem.Encode(Ssa.PublicKeyInfo), ["as-1"])]),
            SamJson.Default.DynamicConfiguration));
        OwnerOnly.Write(ConfigurationFile, new JsonObject
        {
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "None" } },
            ["Sam"] = new JsonObject
            {
                ["Listen"] = Address.ToString(),
                ["Tls"] = new JsonObject { ["Certificate"] = _server.Certificate, ["Key"] = _server.Key },
                ["DataFolder"] = Data,
                ["StaticConfiguration"] = StaticFile,
                ["DynamicConfiguration"] = DynamicFile,
                ["Hsm"] = new JsonObject
                {
                    ["Module"] = SoftHsm.Module,
                    ["TokenLabel"] = _setup.TokenLabel,
                    ["PinFile"] = _setup.PinFile,
                    ["MaxSessions"] = 4,
                },
            },
        }.ToJsonString());
    }
}
