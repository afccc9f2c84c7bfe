using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam;

/// <summary>
/// The two files of a node as a start finds them: the log and the floor list, each verified by itself and then
/// against each other. Anything that does not verify stops the start.
/// </summary>
internal sealed class NodeFiles : IDisposable
{
    private NodeFiles(LogReader log, IAppendFile logFile, FloorList floors)
    {
        Log = log;
        LogFile = new DurableFile(logFile);
        Floors = floors;
    }

    public LogReader Log { get; }

    public DurableFile LogFile { get; }

    public FloorList Floors { get; }

    /// <summary>What was found, for the record of the start.</summary>
    public string Findings =>
        $"{Log.Tree.Size} records found, {Log.Uncovered} of them not covered by a head, torn line of {Log.TornLength} bytes cut";

    /// <param name="mac">HMAC with the floor key.</param>
    /// <exception cref="StartException">A file does not verify.</exception>
    public static NodeFiles Open(
        SamOptions options, string node, EcdsaVerifier auditKey, Func<byte[], byte[]> mac, Func<string, IAppendFile> open)
    {
        IAppendFile file = open(options.LogFile);
        FloorList? floors = null;
        try
        {
            Dictionary<string, FloorEntry> recorded = [];
            LogReader log = ReadLog(options.LogFile, node, auditKey, recorded);
            if (log.TornLength > 0)
            {
                file.Truncate(log.GoodLength);
                file.Flush();
            }

            floors = FloorList.Open(options.FloorFile, node, mac, open);
            Compare(recorded, floors, options.FloorFile);
            return new NodeFiles(log, file, floors);
        }
        catch
        {
            floors?.Dispose();
            file.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        LogFile.Dispose();
        Floors.Dispose();
    }

    private static LogReader ReadLog(
        string path, string node, EcdsaVerifier auditKey, Dictionary<string, FloorEntry> recorded)
    {
        var log = new LogReader();
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            log.Read(stream, node, record => Note(record, recorded), (_, _) => { });
        }
        catch (LogException e)
        {
            throw new StartException(
                $"The audit log {path} does not verify. {e.Message} Keep the file as evidence and restore the genuine one.", e);
        }

        // Each head's root was compared with the tree, so the newest signature vouches for everything before it.
        return log.Head is { } head && !auditKey.Use(head.Verify)
            ? throw new StartException(
                $"The audit log {path} does not verify: its newest head, of size {head.TreeSize}, is not signed by this node's audit key. "
                + "Keep the file as evidence and restore the genuine one.")
            : log;
    }

    private static void Note(AuditRecord record, Dictionary<string, FloorEntry> recorded)
    {
        if (record is { Outcome: "success", KeyId: { } key, KeyVersion: { } version })
        {
            if (record.Event is AuditEvents.Assign or AuditEvents.ChangeStatus)
            {
                recorded[key] = new FloorEntry(version, 0, "");
            }
            else if (record.Event == AuditEvents.Delete)
            {
                recorded[key] = new FloorEntry(FloorEntry.Deleted, 0, "");
            }
        }
    }

    /// <summary>The floor list is written before the record, so it knows at least what the log says: else it was cut.</summary>
    private static void Compare(Dictionary<string, FloorEntry> recorded, FloorList floors, string path)
    {
        foreach ((string key, FloorEntry entry) in recorded)
        {
            if (floors.Find(key) is not { } floor || floor.Version < entry.Version)
            {
                throw new StartException(
                    $"The floor list {path} is older than the audit log: it lacks the last change of key {key}. "
                    + "Restore the newest file; without it, older objects of keys could be used again.");
            }
        }
    }
}
