using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// A file that is replaced in two steps around its audit record: the new one is made durable beside the old one, then the
/// record makes it valid, then it takes the old one's place. A crash leaves the old file or the new one, and the record
/// tells which: <see cref="Settle"/>.
/// </summary>
/// <param name="isOwnerOnly">Whether nobody else may read the new one (0600).</param>
internal sealed class StagedFile(string path, bool isOwnerOnly = false)
{
    private readonly string _next = path + ".next";

    /// <summary>The file in place; before there is any, what was staged for the place: <see cref="Settle"/> decides about it.</summary>
    public byte[] Read() => File.ReadAllBytes(File.Exists(path) || !File.Exists(_next) ? path : _next);

    /// <summary>What was staged and never took the place; null when nothing was.</summary>
    public byte[]? Staged => File.Exists(_next) ? File.ReadAllBytes(_next) : null;

    /// <summary>Makes the new content durable beside the file.</summary>
    /// <exception cref="IOException">It is not; the file in place is untouched.</exception>
    public void Stage(byte[] content)
    {
        try
        {
            using (FileStream stream = Create())
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            DurableFolder.Flush(Folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Puts what was staged in the file's place.</summary>
    /// <exception cref="IOException">It is still beside it.</exception>
    public void Commit()
    {
        try
        {
            File.Move(_next, path, overwrite: true);
            DurableFolder.Flush(Folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>After a crash: what was staged takes the place if it is what the log names, otherwise it goes.</summary>
    /// <param name="recordedDigest">SHA-256, lower-case hex, of the file that the log names last; null when it names none.</param>
    /// <returns>True when the staged file took the place.</returns>
    public bool Settle(string? recordedDigest)
    {
        if (!File.Exists(_next))
        {
            return false;
        }

        if (NodeConfiguration.Digest(File.ReadAllBytes(_next)) == recordedDigest)
        {
            Commit();
            return true;
        }

        File.Delete(_next);
        return false;
    }

    private FileStream Create()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (isOwnerOnly && !OperatingSystem.IsWindows())
        {
            File.Delete(_next); // One that is there would keep its mode.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(_next, options);
    }

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(path))!; // A file is in a folder.
}
