using System.Security.Cryptography;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam;

/// <summary>
/// The two files of a node as a start finds them: the log and the floor list, each verified by itself and then
/// against each other. Anything that does not verify stops the start.
/// </summary>
internal sealed class NodeFiles : IDisposable
{
    private NodeFiles(LogReader log, IAppendFile logFile, FloorList floors, RecordedConfiguration? recordedConfiguration, string findings)
    {
        Log = log;
        Findings = findings;
        RecordedConfiguration = recordedConfiguration;
        LogFile = new DurableFile(logFile);
        Floors = floors;
    }

    public LogReader Log { get; }

    public DurableFile LogFile { get; }

    public FloorList Floors { get; }

    /// <summary>The configuration that the log names last; null when it names none.</summary>
    public RecordedConfiguration? RecordedConfiguration { get; }

    /// <summary>What was found, for the record of the start.</summary>
    public string Findings { get; }

    /// <param name="mac">HMAC with the floor key.</param>
    /// <exception cref="StartException">A file does not verify, or the clock is before the log's last record.</exception>
    public static NodeFiles Open(SamOptions options, string node, EcdsaVerifier auditKey, Func<byte[], byte[]> mac, SamSeams seams)
    {
        IAppendFile file = seams.OpenFile(options.LogFile);
        FloorList? floors = null;
        try
        {
            Dictionary<string, FloorEntry> recorded = [];
            RecordedConfiguration? configuration = null;
            LogReader log = ReadLog(options.LogFile, node, auditKey, record =>
            {
                Note(record, recorded);
                configuration = RecordedConfiguration.From(record) ?? configuration;
            });
            CheckClock(seams.Clock.GetUtcNow(), log, options.LogFile);
            floors = FloorList.Open(options.FloorFile, node, mac, seams.OpenFile);
            Compare(recorded, floors, options.FloorFile);
            return new NodeFiles(log, file, floors, configuration, CutUncovered(options.LogFile, file, log));
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

    private static LogReader ReadLog(string path, string node, EcdsaVerifier auditKey, Action<AuditRecord> note)
    {
        var log = new LogReader();
        List<AuditRecord> group = [];
        try
        {
            using FileStream stream = Read(path);
            log.Read(stream, node, group.Add, (_, _) =>
            {
                group.ForEach(note);
                group.Clear();
            });
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

    /// <summary>A clock that runs before the log would make SADs of the past good again.</summary>
    private static void CheckClock(DateTimeOffset now, LogReader log, string path)
    {
        if (log.LastTime is { } last && now < last - EpochKeeper.Skew)
        {
            throw new StartException(
                $"The clock says {LogFormat.WriteTime(now)}, but the last record of the audit log {path} is of {LogFormat.WriteTime(last)}. "
                + "Set the clock to the right time, then start again.");
        }
    }

    /// <summary>
    /// Cuts the log back to its newest head. Nobody was ever answered on what stands behind it, and anybody who could
    /// write the file may have put it there: the next head must not make it genuine.
    /// </summary>
    /// <returns>What was found and cut, for the record of the start.</returns>
    private static string CutUncovered(string path, IAppendFile file, LogReader log)
    {
        long cut = file.Length - log.CoveredLength;
        string found = $"{log.Tree.Size - log.Uncovered} records found";
        if (cut == 0)
        {
            return found;
        }

        found += $", cut behind the last head: {log.Uncovered} records and a torn line of {log.TornLength} bytes, "
            + $"{cut} bytes with SHA-256 {Digest(path, log.CoveredLength)}";
        file.Truncate(log.CoveredLength);
        file.Flush();
        log.ForgetUncovered();
        return found;
    }

    private static string Digest(string path, long from)
    {
        using FileStream stream = Read(path);
        stream.Position = from;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static FileStream Read(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    private static void Note(AuditRecord record, Dictionary<string, FloorEntry> recorded)
    {
        if (record is { Outcome: "success", KeyId: { } key, KeyVersion: { } version })
        {
            if (record.Event is AuditEvents.Assign or AuditEvents.ChangeStatus)
            {
                recorded[key] = new FloorEntry(version, 0, default);
            }
            else if (record.Event == AuditEvents.Delete)
            {
                recorded[key] = new FloorEntry(FloorEntry.Deleted, 0, default);
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
