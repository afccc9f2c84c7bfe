namespace RemoteSigning.Sam.Audit;

/// <summary>
/// Appends whole blocks that are on the medium when <see cref="Append"/> returns, or not in the file at all.
/// A write that fails (disk full, file size limit) is undone by cutting the file back. After a failed flush
/// nobody knows what the medium holds, and after a failed cut the file is torn: from then on everything is
/// refused until a start has read and verified the file again.
/// </summary>
internal sealed class DurableFile(IAppendFile file) : IDisposable
{
    private long _length = file.Length;
    private bool _isBroken;

    /// <summary>True when nobody knows what the medium holds.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>Bytes that are on the medium.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <exception cref="IOException">Nothing was appended, as far as anybody will be told.</exception>
    public void Append(ReadOnlySpan<byte> block)
    {
        if (_isBroken)
        {
            throw new IOException("An earlier write left the file in doubt; it must be verified by a start.");
        }

        try
        {
            file.Append(block);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CutBack();
            throw new IOException($"The write failed: {e.Message}", e);
        }

        try
        {
            file.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            throw new IOException($"The flush failed: {e.Message}", e);
        }

        _length = file.Length;
    }

    public void Dispose() => file.Dispose();

    private void CutBack()
    {
        _isBroken = true;
        file.Truncate(_length);
        file.Flush();
        _isBroken = false;
    }
}
