namespace RemoteSigning.Sam.Audit;

/// <summary>SHA-256 values by position, 32 bytes each, in blocks, so that growing copies nothing.</summary>
internal sealed class HashList
{
    private const int HashLength = 32;
    private const int BlockHashes = 4096;

    private readonly List<byte[]> _blocks = [];

    public long Count { get; private set; }

    public ReadOnlySpan<byte> this[long index] =>
        _blocks[(int)(index / BlockHashes)].AsSpan((int)(index % BlockHashes) * HashLength, HashLength);

    public void Add(ReadOnlySpan<byte> hash)
    {
        if (Count / BlockHashes == _blocks.Count)
        {
            _blocks.Add(new byte[BlockHashes * HashLength]);
        }

        hash.CopyTo(_blocks[(int)(Count / BlockHashes)].AsSpan((int)(Count % BlockHashes) * HashLength, HashLength));
        Count++;
    }

    /// <summary>Forgets everything from <paramref name="count"/> on.</summary>
    public void Truncate(long count) => Count = Math.Min(Count, count);
}
