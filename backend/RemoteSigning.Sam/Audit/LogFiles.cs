using System.IO.Compression;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// The files of one log: the live one and those that were rotated away, which are called like it with something
/// behind (<c>service.log.1</c>, <c>service.log-20260101.gz</c>). Their first lines say in which order they go.
/// </summary>
internal static class LogFiles
{
    /// <summary>All files of the folder that belong to the log, oldest first.</summary>
    public static IReadOnlyList<string> Find(string live) =>
        Sort(Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(live))!, Path.GetFileName(live) + "*")); // A file always has a folder.

    /// <summary>Oldest first; empty files last.</summary>
    public static IReadOnlyList<string> Sort(IEnumerable<string> files) =>
        [.. files.Select(f => (File: f, Begins: Begins(f), new FileInfo(f).Length)).OrderBy(f => f.Begins).ThenBy(f => f.Length).Select(f => f.File)];

    /// <summary>Which log the files say they are, by the first head in them; one of <see cref="AuditLogNames"/>.</summary>
    public static string? NameOf(IEnumerable<string> files) => files.SelectMany(Heads).FirstOrDefault()?.Log switch
    {
        AuditLogNames.Administration => AuditLogNames.Administration,
        _ => AuditLogNames.Service,
    };

    /// <summary>Reads a file, compressed or not, while it may be written to.</summary>
    public static Stream Read(string file)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return IsCompressed(file) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    public static bool IsCompressed(string file) => file.EndsWith(".gz", StringComparison.Ordinal);

    private static IEnumerable<TreeHead> Heads(string file)
    {
        using Stream stream = Read(file);
        foreach ((byte[] line, bool isComplete) in LogLines.Read(stream))
        {
            if (isComplete && (LogFormat.IsHead(line) || LogFormat.IsContinuation(line)))
            {
                yield return ReadAnyHead(line);
            }
        }
    }

    private static TreeHead ReadAnyHead(byte[] line)
    {
        try
        {
            return LogFormat.IsHead(line) ? LogFormat.ReadHead(line) : LogFormat.ReadContinuation(line).Head;
        }
        catch (JsonException)
        {
            throw new LogException("The first head cannot be read.");
        }
    }

    /// <summary>How many records are before the file.</summary>
    private static long Begins(string file)
    {
        using Stream stream = Read(file);
        (byte[]? line, bool isComplete) = LogLines.Read(stream).FirstOrDefault();
        if (line is null || !isComplete)
        {
            return long.MaxValue;
        }

        try
        {
            return LogFormat.IsContinuation(line) ? LogFormat.ReadContinuation(line).Head.TreeSize : 0;
        }
        catch (JsonException)
        {
            throw new LogException($"The first line of {file} cannot be read.");
        }
    }
}
