using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam;

/// <summary>
/// The files of a node as a start finds them: the two logs and the floor list, each verified by itself and then
/// against each other. Anything that does not verify stops the start.
/// </summary>
internal sealed class NodeFiles : IDisposable
{
    private Dictionary<string, int> _recorded = [];
    private readonly string _compacted;
    private string? _serviceHead;
    private string? _administrationHead;
    private bool _isServiceLocked;
    private bool _isAdministrationLocked;

    private NodeFiles(SamOptions options, string node, EcdsaVerifier auditKey, Func<byte[], byte[]> mac, SamSeams seams)
    {
        Service = OpenedLog.Read(AuditLogNames.Service, options.LogFile, node, auditKey, NoteService, seams);
        Administration = OpenedLog.Read(AuditLogNames.Administration, options.AdministrationLogFile, node, auditKey, NoteAdministration, seams);
        CompareLogs(options);
        try
        {
            Floors = FloorList.Open(options.FloorFile, node, mac, seams.OpenFile);
            CompareFloors(options.FloorFile);
            _compacted = CompactFloors(options.FloorFile);
            Service.GoOn();
            Administration.GoOn();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public OpenedLog Service { get; }

    public OpenedLog Administration { get; }

    public FloorList Floors { get; } = null!; // Set, or the constructor throws.

    /// <summary>The configuration that the administration log names last; null when it names none.</summary>
    public RecordedConfiguration? RecordedConfiguration { get; private set; }

    /// <summary>The fingerprint of <c>sam_infrastructure.json</c> that the administration log names last; null when it names none.</summary>
    public string? RecordedInfrastructure { get; private set; }

    /// <summary>True when the newest word of either log on it is that the module is locked.</summary>
    public bool IsLocked => _isServiceLocked || _isAdministrationLocked;

    /// <summary>What was found, for the records of the start.</summary>
    public string Findings => $"service log: {Service.Findings}; administration log: {Administration.Findings}{_compacted}";

    /// <param name="mac">HMAC with the floor key.</param>
    /// <exception cref="StartException">A file does not verify, or the clock is before a log's last record.</exception>
    public static NodeFiles Open(SamOptions options, string node, EcdsaVerifier auditKey, Func<byte[], byte[]> mac, SamSeams seams) =>
        new(options, node, auditKey, mac, seams);

    /// <exception cref="StartException">The module is locked.</exception>
    public void RefuseLocked()
    {
        if (IsLocked)
        {
            throw new StartException(
                "The module is locked: its audit log says that somebody was at the machine. Find out what happened, then run admin unlock.");
        }
    }

    public void Dispose()
    {
        Service.Dispose();
        Administration.Dispose();
        Floors?.Dispose();
    }

    private void NoteService(AuditRecord record)
    {
        _administrationHead = record.OtherHead ?? _administrationHead;
        _isServiceLocked = ModuleLock.Read(record) ?? _isServiceLocked;
        NoteKey(record);
    }

    private void NoteAdministration(AuditRecord record)
    {
        _serviceHead = record.OtherHead ?? _serviceHead;
        _isAdministrationLocked = ModuleLock.Read(record) ?? _isAdministrationLocked;
        RecordedConfiguration = RecordedConfiguration.From(record) ?? RecordedConfiguration;
        RecordedInfrastructure = record is { Outcome: "success", InfrastructureDigest: { } digest } ? digest : RecordedInfrastructure;
        NoteKey(record);
    }

    private void NoteKey(AuditRecord record)
    {
        if (record is not { Outcome: "success", KeyId: { } key, KeyVersion: { } version })
        {
            return;
        }

        int lowest = record.Event switch
        {
            AuditEvents.Assign or AuditEvents.ChangeStatus or AuditEvents.Reseal or AuditEvents.PeerStore => version,
            AuditEvents.Delete => FloorEntry.Deleted,
            _ => 0,
        };
        if (lowest > _recorded.GetValueOrDefault(key))
        {
            _recorded[key] = lowest;
        }
    }

    /// <summary>Only after it was compared, so that a list that was tampered with stays as it is.</summary>
    private string CompactFloors(string path)
    {
        try
        {
            return Floors.Compact() is { Length: > 0 } done ? $"; {done}" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The floor list {path} could not be compacted: {e.Message} Make room beside it, then start again.", e);
        }
    }

    private void CompareLogs(SamOptions options)
    {
        Compare(Service, _serviceHead, options.LogFile, options.AdministrationLogFile);
        Compare(Administration, _administrationHead, options.AdministrationLogFile, options.LogFile);
    }

    /// <summary>What one log says of the other must be in it: else the other was cut, replaced or removed.</summary>
    private static void Compare(OpenedLog log, string? head, string path, string otherPath)
    {
        if (head is null)
        {
            return;
        }

        LogTree tree = log.Reader.Tree;
        if (!TreeHead.TryReadName(head, out long size, out byte[] root) || size > tree.Size
            || (size >= tree.First && !tree.Root(size).AsSpan().SequenceEqual(root)))
        {
            throw new StartException(
                $"The audit log {path} is older than {otherPath} says, or another: it lacks the head {head}. Restore its newest files.");
        }
    }

    /// <summary>The floor list is written before the record, so it knows at least what the logs say: else it was cut.</summary>
    private void CompareFloors(string path)
    {
        foreach ((string key, int lowest) in _recorded)
        {
            if (Floors.Find(key) is not { } floor || floor.Version < lowest)
            {
                throw new StartException(
                    $"The floor list {path} is older than the audit log: it lacks the last change of key {key}. "
                    + "Restore the newest file; without it, older objects of keys could be used again.");
            }
        }

        _recorded = []; // A node with many keys runs for long.
    }
}
