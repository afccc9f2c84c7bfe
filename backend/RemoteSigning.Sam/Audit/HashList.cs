namespace RemoteSigning.Sam.Audit;

/// <summary>SHA-256 values by position, 32 bytes each, in blocks, so that growing copies nothing.</summary>
/// <param name="first">The position of the first one that is kept; those before it are not known.</param>
internal sealed class HashList(long first = 0)
{
    private const int HashLength = 32;
    private const int BlockHashes = 4096;

    private readonly long _first = first;
    private readonly List<byte[]> _blocks = [];

    /// <summary>The position behind the last one.</summary>
    public long Count { get; private set; } = first;

    public ReadOnlySpan<byte> this[long index] => Slot(index);

    public void Add(ReadOnlySpan<byte> hash)
    {
        if ((Count - _first) / BlockHashes == _blocks.Count)
        {
            _blocks.Add(new byte[BlockHashes * HashLength]);
        }

        hash.CopyTo(Slot(Count));
        Count++;
    }

    /// <summary>Forgets everything from <paramref name="count"/> on.</summary>
    public void Truncate(long count) => Count = Math.Min(Count, count);

    private Span<byte> Slot(long index) =>
        _blocks[(int)((index - _first) / BlockHashes)].AsSpan((int)((index - _first) % BlockHashes) * HashLength, HashLength);
}
