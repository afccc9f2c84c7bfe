namespace RemoteSigning.Sam.Audit;

/// <summary>What an append-only file needs of its medium; tests put a failing one in its place.</summary>
internal interface IAppendFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes at the end.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything written is on the medium (fsync).</summary>
    void Flush();

    void Truncate(long length);
}
