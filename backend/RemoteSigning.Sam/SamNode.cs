using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam;

/// <summary>A node with everything it is made of: the only place where the parts are put together.</summary>
internal sealed class SamNode : IDisposable
{
    private readonly Stack<IDisposable> _parts = [];
    private readonly EpochKeeper _epochs;
    private readonly AuditLog _log;
    private readonly string _findings;

    private SamNode(SamOptions options, SamSeams seams, ILoggerFactory loggers)
    {
        try
        {
            _parts.Push(LockFolder(options.DataFolder));
            StaticConfiguration node = ConfigurationJson.Read(options.StaticConfiguration, ConfigurationJson.Default.StaticConfiguration);
            Registry = new Registry(node, ConfigurationJson.Read(options.DynamicConfiguration, StrictJson.Sam.DynamicConfiguration));
            Infrastructure infrastructure = ConfigurationJson.Read(options.InfrastructureFile, ConfigurationJson.Default.Infrastructure);
            Hsm hsm = Keep(TokenKeys.OpenToken(options.Hsm));
            TokenKeys keys = Keep(new TokenKeys(hsm, infrastructure));
            NodeFiles files = Keep(NodeFiles.Open(options, Registry.Node, keys.AuditKey, keys.FloorMac, seams));
            _findings = files.Findings;
            _log = Keep(new AuditLog(
                Registry.Node, files.LogFile, files.Log, keys.SignHead, seams.Clock, loggers.CreateLogger<AuditLog>()));
            _epochs = new EpochKeeper(Registry.Node, _log, () => seams.LoginGeneration(hsm), seams.Clock);
            HsmThreads threads = Keep(new HsmThreads(options.Hsm.MaxSessions - 1));
            var sealer = new KeySealer(keys.Seal, keys.SealingKey);
            var signerKeys = new SignerKeys(hsm, threads, infrastructure);
            Pipeline = new RequestPipeline(Registry, _epochs, _log, loggers.CreateLogger<RequestPipeline>());
            Status = new StatusEndpoint(Registry, infrastructure, seams.Clock);
            Generate = new GenerateKeyPairEndpoint(hsm, threads, infrastructure, sealer);
            Assign = new AssignKeyPairEndpoint(threads, sealer, files.Floors);
            ProvePossession = new ProvePossessionEndpoint(signerKeys, sealer, files.Floors);
            ChangeStatus = new ChangeStatusEndpoint(threads, sealer, files.Floors, seams.Clock);
            Delete = new DeleteKeyPairEndpoint(threads, sealer, files.Floors);
            Sign = new SignEndpoint(
                new SadVerifier(Registry, _epochs, _log, seams.Clock), _epochs, sealer, files.Floors, signerKeys, seams.Clock);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Registry Registry { get; }

    public RequestPipeline Pipeline { get; }

    public StatusEndpoint Status { get; }

    public GenerateKeyPairEndpoint Generate { get; }

    public AssignKeyPairEndpoint Assign { get; }

    public ProvePossessionEndpoint ProvePossession { get; }

    public ChangeStatusEndpoint ChangeStatus { get; }

    public DeleteKeyPairEndpoint Delete { get; }

    public SignEndpoint Sign { get; }

    /// <summary>Opens the token and the files and verifies them; nothing is served yet.</summary>
    /// <exception cref="StartException">Something does not verify, or is missing.</exception>
    public static SamNode Open(SamOptions options, SamSeams seams, ILoggerFactory loggers) => new(options, seams, loggers);

    /// <summary>Records the start; before it is durable nothing is served.</summary>
    public Task RecordStartAsync() => RecordAsync(
        AuditEvents.Start, $"version {StatusEndpoint.Version}, configuration {Registry.Version}; {_findings}");

    public Task RecordStopAsync() => RecordAsync(AuditEvents.Stop, null);

    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }

    private static FileStream LockFolder(string folder)
    {
        string path = Path.Combine(folder, "sam.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StartException($"Another node uses the data folder: {path} is locked. Stop it first.", e);
        }
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }

    private async Task RecordAsync(string @event, string? reason) => await _log.AppendAsync(new AuditRecord
    {
        V = AuditRecord.CurrentVersion,
        Index = 0,
        Node = Registry.Node,
        Epoch = _epochs.Last,
        Time = "",
        Event = @event,
        Outcome = "success",
        Reason = reason,
    });
}
