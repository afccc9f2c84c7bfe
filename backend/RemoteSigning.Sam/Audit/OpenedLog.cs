using System.Security.Cryptography;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Audit;

/// <summary>One of the two logs as a start finds it: read, verified, cut back to its newest head, ready to go on.</summary>
internal sealed class OpenedLog : IDisposable
{
    private readonly Func<string, IAppendFile> _open;
    private readonly string _live;
    private readonly string _newest;

    private OpenedLog(string? name, string live, Func<string, IAppendFile> open, string node, EcdsaVerifier auditKey, Action<AuditRecord> onRecord)
    {
        Name = name;
        _live = live;
        _open = open;
        Reader = new LogReader(name, Path.GetDirectoryName(Path.GetFullPath(live)));
        _newest = ReadAll(node, auditKey, onRecord);
    }

    /// <summary>One of <see cref="AuditLogNames"/>.</summary>
    public string? Name { get; }

    public LogReader Reader { get; }

    /// <summary>The live file, once it goes on.</summary>
    public DurableFile? File { get; private set; }

    /// <summary>What was found, for the record of the start.</summary>
    public string Findings { get; private set; } = "";

    /// <summary>Reads and verifies; nothing is changed yet.</summary>
    /// <param name="live">Path of the file that is written to; those that were rotated away lie beside it.</param>
    /// <param name="onRecord">Called for each record that a head covers.</param>
    /// <exception cref="StartException">The log does not verify, or the clock is before its last record.</exception>
    public static OpenedLog Read(
        string? name, string live, string node, EcdsaVerifier auditKey, Action<AuditRecord> onRecord, SamSeams seams)
    {
        try
        {
            var opened = new OpenedLog(name, live, seams.OpenFile, node, auditKey, onRecord);
            opened.CheckClock(seams.Clock.GetUtcNow());
            return opened;
        }
        catch (Exception e) when (e is LogException or InvalidDataException)
        {
            throw new StartException(
                $"The audit log {live} does not verify. {e.Message} Keep its files as evidence and restore the genuine ones.", e);
        }
    }

    /// <summary>
    /// Cuts the log back to its newest head and opens the live file. Nobody was ever answered on what stands behind
    /// that head, and anybody who could write the file may have put it there: the next head must not make it genuine.
    /// </summary>
    /// <exception cref="StartException">What is to be cut stands in a compressed file.</exception>
    public void GoOn()
    {
        Findings = $"{Reader.Tree.Size - Reader.Uncovered} records found";
        IAppendFile file = _open(_live);
        try
        {
            if (_newest == _live)
            {
                Cut(file);
                File = new DurableFile(file);
            }
            else
            {
                CutRotated();
                file.Truncate(0);
                File = new DurableFile(file);
                Continue(File);
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        Reader.ForgetUncovered();
    }

    /// <summary>Opens the live file anew: another one, when the one before was renamed.</summary>
    public IAppendFile Reopen() => _open(_live);

    public void Dispose() => File?.Dispose();

    /// <summary>A crash between the renaming of a file and the opening of the next leaves the newest records in the renamed one.</summary>
    private void CutRotated()
    {
        if (LogFiles.IsCompressed(_newest))
        {
            if (Reader.Uncovered > 0 || Reader.TornLength > 0)
            {
                throw new StartException($"The audit log {_live} does not verify. Its newest file {_newest} was compressed before it was closed.");
            }

            return;
        }

        using IAppendFile rotated = _open(_newest);
        Cut(rotated);
    }

    private void Cut(IAppendFile file)
    {
        long cut = file.Length - Reader.CoveredLength;
        if (cut > 0)
        {
            Findings += $", cut behind the last head: {Reader.Uncovered} records and a torn line of {Reader.TornLength} bytes, "
                + $"{cut} bytes with SHA-256 {Digest(_newest, Reader.CoveredLength)}";
            file.Truncate(Reader.CoveredLength);
            file.Flush();
        }
    }

    private void Continue(DurableFile file)
    {
        Reader.ForgetUncovered();
        if (Reader.Head is { } head)
        {
            file.Append([.. LogFormat.WriteContinuation(new Continuation(Reader.Tree.Subtrees(), head)), (byte)'\n']);
        }
    }

    /// <returns>The file with the newest content.</returns>
    private string ReadAll(string node, EcdsaVerifier auditKey, Action<AuditRecord> onRecord)
    {
        List<AuditRecord> group = [];
        string newest = _live;
        foreach (string path in LogFiles.Find(_live))
        {
            using Stream stream = LogFiles.Read(path);
            long before = Reader.Tree.Size;
            TreeHead? head = Reader.Head;
            Reader.Read(stream, node, group.Add, (_, _) =>
            {
                group.ForEach(onRecord);
                group.Clear();
            });
            newest = Reader.Head != head || Reader.Tree.Size > before ? path : newest;
        }

        // Each head's root was compared with the tree, so the newest signature vouches for everything before it.
        return Reader.Head is { } last && !auditKey.Use(key => last.Verify(key, Name))
            ? throw new LogException($"Its newest head, of size {last.TreeSize}, is not signed by this node's audit key.")
            : newest;
    }

    /// <summary>A clock that runs before the log would make SADs of the past good again.</summary>
    private void CheckClock(DateTimeOffset now)
    {
        if (Reader.LastTime is { } last && now < last - EpochKeeper.Skew)
        {
            throw new StartException(
                $"The clock says {LogFormat.WriteTime(now)}, but the last record of the audit log {_live} is of {LogFormat.WriteTime(last)}. "
                + "Set the clock to the right time, then start again.");
        }
    }

    private static string Digest(string path, long from)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = from;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
