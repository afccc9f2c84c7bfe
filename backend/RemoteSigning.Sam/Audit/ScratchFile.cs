using Microsoft.Win32.SafeHandles;

namespace RemoteSigning.Sam.Audit;

/// <summary>A file without a name, gone with the process: what can be computed anew at each start. Never flushed.</summary>
internal sealed class ScratchFile : IDisposable
{
    private readonly FileStream _file;

    /// <param name="folder">An existing folder, on a disk with room.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public ScratchFile(string folder)
    {
        string path = Path.Combine(folder, Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
        File.Delete(path);
    }

    private SafeFileHandle Handle => _file.SafeFileHandle;

    /// <exception cref="IOException">It could not be written, for example because the disk is full.</exception>
    public void Write(long offset, ReadOnlySpan<byte> content) => RandomAccess.Write(Handle, content, offset);

    /// <exception cref="IOException">It could not be read, or not all of it.</exception>
    public void Read(long offset, Span<byte> content)
    {
        while (content.Length > 0)
        {
            int read = RandomAccess.Read(Handle, content, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("A scratch file is shorter than what was written to it.");
            }

            content = content[read..];
            offset += read;
        }
    }

    public void Dispose() => _file.Dispose();
}
