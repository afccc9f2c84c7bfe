using Microsoft.Win32.SafeHandles;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// A file of the data folder, owner-only. Others may read it meanwhile: a live log can be copied and verified. They may
/// rename it, but not write to it or cut it (<c>copytruncate</c>): then nothing more is written.
/// </summary>
internal sealed class AppendFile : IAppendFile
{
    private readonly FileStream _stream;
    private readonly SafeFileHandle _file;

    public AppendFile(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _stream = new FileStream(path, options);
        _file = _stream.SafeFileHandle;
        Length = RandomAccess.GetLength(_file);
        DurableFolder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!); // A file always has a folder.
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        CheckLength(Length);
        RandomAccess.Write(_file, bytes, Length);
        Length += bytes.Length;
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Truncate(long length)
    {
        CheckLength(length);
        RandomAccess.SetLength(_file, length);
        Length = length;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Writing behind the end of a file that somebody cut would fill the gap with zeros.</summary>
    private void CheckLength(long atLeast)
    {
        long found = RandomAccess.GetLength(_file);
        if (found < atLeast)
        {
            throw new IOException($"Somebody else cut the file to {found} bytes.");
        }
    }
}
