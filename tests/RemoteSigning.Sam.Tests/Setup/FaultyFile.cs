using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>A real file whose medium can fail.</summary>
internal sealed class FaultyFile(IAppendFile file, Faults faults) : IAppendFile
{
    public long Length => file.Length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        faults.BeforeAppend?.Invoke();
        if (faults.Full)
        {
            file.Append(bytes[..(bytes.Length / 2)]);
            throw new IOException("No space left on device");
        }

        if (faults.ReadOnly)
        {
            throw new UnauthorizedAccessException("Read-only file system");
        }

        file.Append(bytes);
    }

    public void Flush()
    {
        if (faults.FlushFails)
        {
            throw new IOException("Input/output error");
        }

        file.Flush();
        faults.Flushes++;
    }

    public void Truncate(long length)
    {
        if (faults.CutFails)
        {
            throw new IOException("Input/output error");
        }

        file.Truncate(length);
    }

    public void Dispose() => file.Dispose();
}
