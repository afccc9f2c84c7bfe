using System.Diagnostics.Metrics;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Platform;
using RemoteSigning.Sam.Sad;
using RemoteSigning.Sam.Telemetry;

namespace RemoteSigning.Sam;

/// <summary>A node with everything it is made of: the only place where the parts are put together.</summary>
internal sealed partial class SamNode : IDisposable
{
    private readonly Stack<IDisposable> _parts = [];
    private readonly EpochKeeper _epochs;
    private readonly AuditLogs _logs;
    private readonly string _findings;
    private readonly IHsm _hsm;
    private readonly ModuleLock _moduleLock = new();
    private readonly ILogger<SamNode> _logger;

    private SamNode(SamOptions options, SamSeams seams, ILoggerFactory loggers, NodeConfiguration? imported, Purpose purpose = Purpose.Run)
    {
        _logger = loggers.CreateLogger<SamNode>();
        try
        {
            _parts.Push(NodeFolder.Lock(options.DataFolder));
            Configuration = Keep(new ConfigurationStore(
                options, imported ?? ConfigurationStore.Read(options), loggers.CreateLogger<ConfigurationStore>()));
            string name = Configuration.Current.Registry.Node;
            Infrastructure infrastructure = Infrastructure = Infrastructure.Load(options, name);
            Fingerprint = infrastructure.Fingerprint;
            IHsm hsm = _hsm = Keep(ServiceToken.Open(options, seams, _logger));
            TokenKeys keys = Keep(new TokenKeys(hsm, infrastructure));
            string newestKey = infrastructure.KeyEncryptionKeyOf(infrastructure.Generation);
            SelfTest.Run(hsm, newestKey);
            ServiceToken.ProveWorkers(hsm, keys, newestKey);
            NodeFiles files = Keep(NodeFiles.Open(options, name, keys.AuditKey, keys.FloorMac, seams));
            CheckLock(files, purpose);
            RecordedInfrastructure = files.RecordedInfrastructure;
            CheckInfrastructure(purpose);
            Floors = files.Floors;
            Recorded = files.RecordedConfiguration;
            _findings = files.Findings + (imported is null ? Configuration.Settle(Recorded) : "");
            Metrics = Keep(new SamMetrics());
            AuditLog OpenLog(OpenedLog opened) =>
                Keep(new AuditLog(name, opened, keys.SignHead, seams.Clock, loggers.CreateLogger<AuditLog>(), Metrics));
            _logs = new AuditLogs(OpenLog(files.Service), OpenLog(files.Administration));
            _epochs = new EpochKeeper(
                name, _logs.Administration.AppendAsync, () => _logs.LastTime, () => seams.LoginGeneration(hsm), seams.Clock);
            HsmThreads threads = Keep(new HsmThreads(
                options.Hsm.MaxSessions - 1, options.HsmQueue, options.HsmDeadline, TimeProvider.System));
            var sealer = new KeySealer(keys.Seal, keys.SealingKey);
            var signerKeys = new SignerKeys(hsm, threads, infrastructure);
            Pipeline = new RequestPipeline(Configuration, _epochs, _logs, _moduleLock, Metrics, loggers.CreateLogger<RequestPipeline>());
            IReadOnlyList<ClusterPeer> others = Configuration.Current.Registry.Peers;
            var members = new Membership(name, [.. others.Select(p => p.Id)], files.Floors, seams.Clock);
            var seal = new PeerSeal(name, keys.FloorMac);
            List<PeerClient> peers = [.. others.Select(p => Keep(new PeerClient(p, options.Tls, seal)))];
            var witness = Keep(new HeadWitness(name, options.WitnessFile, seams.OpenFile, keys.SignHead, seams.Clock));
            HeadFile counterSigned = Keep(PeerHeads.OpenKept(options.CounterSignatureFile, seams.OpenFile));
            var heads = new PeerHeads(
                _logs, witness, Configuration.Current.Registry.PeerAuditKeys, counterSigned, seams.Clock, loggers.CreateLogger<PeerHeads>());
            Beats = Keep(new Heartbeats(
                peers, files.Floors, members, heads, StateForAsync, seams.Clock, loggers.CreateLogger<Heartbeats>()));
            new SamState(_moduleLock, _logs, files.Floors, members, heads, threads, options.DataFolder).AddTo(Metrics.Meter);
            Checks = new SamChecks(
                _moduleLock, hsm, threads, _logs, members, () => CreateRecord(AuditEvents.LogResumed), seams.Clock).All;
            var floors = new KeyFloors(files.Floors, members, peers, threads);
            Peers = new PeerEndpoints(seal, files.Floors, members, Beats, heads, StateForAsync);
            Standing = new StandingEndpoint(files.Floors, members, Beats, floors, threads, infrastructure, seams.Clock);
            Status = new StatusEndpoint(infrastructure, files.Floors, members, Beats, heads, seams.Clock);
            ChangeConfiguration = new ChangeConfigurationEndpoint(Configuration, infrastructure, seams.Clock);
            Generate = new GenerateKeyPairEndpoint(hsm, threads, infrastructure, sealer);
            var assertions = new AssertionVerifier(_epochs, seams.Clock);
            Assign = new AssignKeyPairEndpoint(new SkadVerifier(assertions), _epochs, threads, sealer, floors);
            ProvePossession = new ProvePossessionEndpoint(signerKeys, sealer, floors);
            Reseal = new ResealEndpoint(signerKeys, threads, sealer, floors, new ClusterGeneration(infrastructure.Generation, members, Beats));
            ChangeStatus = new ChangeStatusEndpoint(threads, sealer, floors, seams.Clock);
            Delete = new DeleteKeyPairEndpoint(sealer, floors);
            Sign = new SignEndpoint(
                new SadVerifier(assertions, seams.Clock), _epochs, sealer, floors, signerKeys, seams.Clock);

            async Task<PeerState> StateForAsync(string peer)
            {
                Registry registry = Configuration.Current.Registry;
                return new PeerState(
                    await _epochs.CurrentAsync(),
                    registry.Version,
                    registry.ConfigurationHash,
                    files.Floors.Summary,
                    members.Turn(peer),
                    _logs.Service.Head,
                    heads.WitnessedOf(peer),
                    infrastructure.Generation);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ConfigurationStore Configuration { get; }

    public SamMetrics Metrics { get; }

    /// <summary>What readiness asks.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; }

    /// <summary>True for what this node and its HSM tell.</summary>
    public bool Owns(Instrument instrument) => instrument.Meter == Metrics.Meter || instrument.Meter == _hsm.Meter;

    /// <summary>Of <c>sam_infrastructure.json</c>: SHA-256, lower-case hex.</summary>
    public string Fingerprint { get; }

    /// <summary>Which keys of the token do what.</summary>
    public Infrastructure Infrastructure { get; }

    /// <summary>The fingerprint that the administration log named last when the node was opened; null when it named none.</summary>
    public string? RecordedInfrastructure { get; }

    /// <summary>The configuration that the log named last when the node was opened.</summary>
    public RecordedConfiguration? Recorded { get; }

    public RequestPipeline Pipeline { get; }

    public StatusEndpoint Status { get; }

    public ChangeConfigurationEndpoint ChangeConfiguration { get; }

    public GenerateKeyPairEndpoint Generate { get; }

    public AssignKeyPairEndpoint Assign { get; }

    public ProvePossessionEndpoint ProvePossession { get; }

    public ChangeStatusEndpoint ChangeStatus { get; }

    public ResealEndpoint Reseal { get; }

    public DeleteKeyPairEndpoint Delete { get; }

    public SignEndpoint Sign { get; }

    public StandingEndpoint Standing { get; }

    public PeerEndpoints Peers { get; }

    public Heartbeats Beats { get; }

    public FloorList Floors { get; }

    /// <summary>True from the moment when tampering was found.</summary>
    public bool IsLocked => _moduleLock.IsLocked;

    /// <summary>Opens the token and the files and verifies them; nothing is served yet.</summary>
    /// <exception cref="StartException">Something does not verify, or is missing.</exception>
    public static SamNode Open(SamOptions options, SamSeams seams, ILoggerFactory loggers) => new(options, seams, loggers, null);

    /// <summary>The same with a configuration that is to be imported, whatever lies in its place.</summary>
    public static SamNode Open(SamOptions options, SamSeams seams, ILoggerFactory loggers, NodeConfiguration imported) =>
        new(options, seams, loggers, imported);

    /// <summary>The same for a node that may be locked, to unlock it.</summary>
    public static SamNode OpenToUnlock(SamOptions options, SamSeams seams, ILoggerFactory loggers) =>
        new(options, seams, loggers, null, Purpose.Unlock);

    /// <summary>The same to change its infrastructure file, also where a change of it was interrupted.</summary>
    public static SamNode OpenToChange(SamOptions options, SamSeams seams, ILoggerFactory loggers) =>
        new(options, seams, loggers, null, Purpose.ChangeInfrastructure);

    /// <summary>Records the start with the configuration in force; before it is durable nothing is served.</summary>
    public Task RecordStartAsync() => _logs.AppendToBothAsync(NameConfiguration(CreateRecord(AuditEvents.Start) with
    {
        InfrastructureDigest = Fingerprint,
        Reason = $"version {StatusEndpoint.Version}, configuration {Configuration.Current.Registry.Version}, infrastructure {Fingerprint}; {_findings}",
    }));

    public Task RecordStopAsync() => _logs.AppendToBothAsync(CreateRecord(AuditEvents.Stop));

    /// <summary>Makes the imported configuration the recorded one and puts its files in place.</summary>
    /// <exception cref="ProblemException">The import cannot be recorded; nothing has changed.</exception>
    public async Task ImportAsync(string? approver, string reason)
    {
        Configuration.StageBoth();
        await _logs.Administration.AppendAsync(NameConfiguration(CreateRecord(AuditEvents.Import) with
        {
            Approver = approver,
            Reason = $"{reason}; {_findings}",
            OperatingSystemUser = OperatingSystemUser.Name,
        }));
        Configuration.CommitBoth();
    }

    /// <summary>
    /// Locks the module for good: from now on everything is refused, the lock is recorded, and the HSM is logged out.
    /// Only <c>admin unlock</c> ends it.
    /// </summary>
    public async Task LockAsync(string reason)
    {
        _moduleLock.Close();
        LogLocked(reason);
        try
        {
            await _logs.AppendToBothAsync(CreateRecord(AuditEvents.LockModule) with { Reason = reason });
        }
        catch (ProblemException e)
        {
            LogLockNotRecorded(e);
        }
        finally
        {
            _hsm.Dispose();
        }
    }

    /// <summary>The newest head of the administration log: what an approval of a command names, so that it is good once.</summary>
    public string AdministrationHead => _logs.Administration.Head?.Name ?? "";

    /// <summary>Records that an operator has looked at the machine and found it good.</summary>
    /// <param name="approver">A second operator, where one was asked.</param>
    public Task RecordUnlockAsync(string reason, string? approver) => _logs.AppendToBothAsync(CreateRecord(AuditEvents.UnlockModule) with
    {
        Reason = $"{reason}; {_findings}",
        Approver = approver,
        OperatingSystemUser = OperatingSystemUser.Name,
    });

    /// <summary>Records a change of the infrastructure file, in both logs; from then on no other file is this node's.</summary>
    /// <param name="event">One of <see cref="AuditEvents"/>.</param>
    /// <param name="digest">Fingerprint of the new file.</param>
    /// <param name="approver">A second operator, where one was asked.</param>
    /// <exception cref="ProblemException">It cannot be recorded.</exception>
    public Task RecordInfrastructureAsync(string @event, string reason, string digest, string? approver) =>
        _logs.AppendToBothAsync(CreateRecord(@event) with
        {
            Reason = $"{reason}; {_findings}",
            InfrastructureDigest = digest,
            Approver = approver,
            OperatingSystemUser = OperatingSystemUser.Name,
        });

    /// <summary>Goes on in new log files where the live ones were renamed.</summary>
    /// <returns>How many were begun.</returns>
    public Task<int> ReopenLogsAsync() => _logs.ReopenAsync();

    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }

    /// <summary>An older file would bring back what was retired; a newer one has to come in by a command, which records it.</summary>
    private void CheckInfrastructure(Purpose purpose)
    {
        if (purpose != Purpose.ChangeInfrastructure && RecordedInfrastructure is { } recorded && recorded != Fingerprint)
        {
            throw new StartException(
                $"sam_infrastructure.json is not the one that the administration log names last: its fingerprint is {InfrastructureFile.Group(Fingerprint)}, "
                + $"not {InfrastructureFile.Group(recorded)}. Repeat the command that was interrupted, or bring that file by admin adopt.");
        }
    }

    private static void CheckLock(NodeFiles files, Purpose purpose)
    {
        if (purpose != Purpose.Unlock)
        {
            files.RefuseLocked();
        }
        else if (!files.IsLocked)
        {
            throw new StartException("The module is not locked.");
        }
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }

    private AuditRecord CreateRecord(string @event) => new()
    {
        V = AuditRecord.CurrentVersion,
        Index = 0,
        Node = Configuration.Current.Registry.Node,
        Epoch = _epochs.Last,
        Time = "",
        Event = @event,
        Outcome = "success",
    };

    private AuditRecord NameConfiguration(AuditRecord record) => record with
    {
        ConfigurationVersion = Configuration.Current.Registry.Version,
        ConfigurationDigest = Configuration.Current.DynamicDigest,
        StaticDigest = Configuration.Current.StaticDigest,
        DualControl = Configuration.Current.Static.DualControl,
    };

    /// <summary>What a node is opened for.</summary>
    private enum Purpose
    {
        Run,
        Unlock,
        ChangeInfrastructure,
    }

    [LoggerMessage(2402, LogLevel.Critical, "The module is locked: {Reason}")]
    private partial void LogLocked(string reason);

    [LoggerMessage(2403, LogLevel.Critical, "The lock could not be recorded; it ends with this process")]
    private partial void LogLockNotRecorded(Exception exception);
}
