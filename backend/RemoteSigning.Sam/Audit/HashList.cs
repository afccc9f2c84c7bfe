namespace RemoteSigning.Sam.Audit;

/// <summary>
/// SHA-256 values by position, 32 bytes each, in blocks, so that growing copies nothing. Only the newest blocks stay in
/// memory where there is a place on disk for the older ones: a log grows for years, and old positions are asked for rarely.
/// </summary>
/// <param name="first">The position of the first one that is kept; those before it are not known.</param>
/// <param name="scratchFolder">Where older blocks go; null keeps everything in memory.</param>
internal sealed class HashList(long first = 0, string? scratchFolder = null) : IDisposable
{
    public const int BlockHashes = 4096;

    private const int HashLength = 32;
    private const int BlockLength = BlockHashes * HashLength;

    /// <summary>Above 1, so that taking back a few hashes across the border of two blocks costs no reading.</summary>
    private const int BlocksInMemory = 2;

    private readonly long _first = first;
    private readonly List<byte[]> _blocks = [];
    private ScratchFile? _scratch;
    private byte[]? _spare;
    private int _onDisk;

    /// <summary>The position behind the last one.</summary>
    public long Count { get; private set; } = first;

    /// <exception cref="IOException">It is on disk, and cannot be read.</exception>
    public byte[] this[long index]
    {
        get
        {
            (int block, int offset) = Place(index);
            var hash = new byte[HashLength];
            if (block < _onDisk)
            {
                _scratch!.Read(((long)block * BlockLength) + offset, hash); // It was made when the first block went there.
            }
            else
            {
                _blocks[block - _onDisk].AsSpan(offset, HashLength).CopyTo(hash);
            }

            return hash;
        }
    }

    /// <exception cref="IOException">There is no room on the disk; nothing was added.</exception>
    public void Add(ReadOnlySpan<byte> hash)
    {
        (int block, int offset) = Place(Count);
        if (block - _onDisk == _blocks.Count)
        {
            MakeRoom();
            _blocks.Add(_spare ?? new byte[BlockLength]);
            _spare = null;
        }

        hash.CopyTo(_blocks[block - _onDisk].AsSpan(offset, HashLength));
        Count++;
    }

    /// <summary>Forgets everything from <paramref name="count"/> on.</summary>
    /// <exception cref="IOException">What is to be written next is on disk, and cannot be read.</exception>
    public void Truncate(long count)
    {
        if (count >= Count)
        {
            return;
        }

        int block = Place(count).Block;
        if (block < _onDisk)
        {
            var read = new byte[BlockLength];
            _scratch!.Read((long)block * BlockLength, read);
            _blocks.Clear();
            _blocks.Add(read);
            _onDisk = block;
        }

        Count = count;
    }

    public void Dispose() => _scratch?.Dispose();

    private void MakeRoom()
    {
        if (scratchFolder is not null && _blocks.Count == BlocksInMemory)
        {
            _scratch ??= new ScratchFile(scratchFolder);
            _scratch.Write((long)_onDisk * BlockLength, _blocks[0]);
            _spare = _blocks[0];
            _blocks.RemoveAt(0);
            _onDisk++;
        }
    }

    private (int Block, int Offset) Place(long index) =>
        ((int)((index - _first) / BlockHashes), (int)((index - _first) % BlockHashes) * HashLength);
}
