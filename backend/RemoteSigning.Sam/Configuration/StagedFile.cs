using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// A file that is replaced in two steps around its audit record: the new one is made durable beside the old one, then the
/// record makes it valid, then it takes the old one's place. A crash leaves the old file or the new one, and the record
/// tells which: <see cref="Settle"/>.
/// </summary>
internal sealed class StagedFile(string path)
{
    private readonly string _next = path + ".next";

    /// <summary>The file in place; before there is any, what was staged for the place: <see cref="Settle"/> decides about it.</summary>
    public byte[] Read() => File.ReadAllBytes(File.Exists(path) || !File.Exists(_next) ? path : _next);

    /// <summary>Makes the new content durable beside the file.</summary>
    /// <exception cref="IOException">It is not; the file in place is untouched.</exception>
    public void Stage(byte[] content)
    {
        try
        {
            using (var stream = new FileStream(_next, FileMode.Create, FileAccess.Write))
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

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(path))!; // A file is in a folder.
}
