using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// The Merkle tree of the log (RFC 9162, 2.1). It keeps the hash of every complete subtree, so that the root
/// of any past size and any inclusion path cost a logarithmic number of hashes. A tree may go on behind leaves that
/// are not known any more: then it begins with the few subtrees that stand for them. Safe for concurrent use.
/// </summary>
internal sealed class LogTree : IDisposable
{
    /// <summary>Level k holds the hashes of the complete subtrees of 2^k leaves.</summary>
    private readonly List<HashList> _levels = [];

    private readonly Lock _lock = new();
    private readonly string? _scratchFolder;

    /// <param name="scratchFolder">Where the hashes of old leaves go; null keeps everything in memory.</param>
    public LogTree(string? scratchFolder = null)
        : this(0, [], scratchFolder)
    {
    }

    /// <param name="first">How many leaves are not known.</param>
    /// <param name="subtrees">The complete subtrees that they make, largest first, as <see cref="Subtrees"/> gave them.</param>
    /// <param name="scratchFolder">Where the hashes of old leaves go; null keeps everything in memory.</param>
    /// <exception cref="ArgumentException">There are more or fewer subtrees, or other lengths, than such a tree has.</exception>
    public LogTree(long first, IReadOnlyList<byte[]> subtrees, string? scratchFolder = null)
    {
        if (first < 0 || subtrees.Count != BitOperations.PopCount((ulong)first) || subtrees.Any(s => s.Length != 32))
        {
            throw new ArgumentException("A tree of that size has other subtrees.", nameof(subtrees));
        }

        First = first;
        _scratchFolder = scratchFolder;
        int next = subtrees.Count;
        int level = 0;
        do
        {
            bool standsFor = ((first >> level) & 1) == 1;
            var hashes = new HashList((first >> level) - (standsFor ? 1 : 0), scratchFolder);
            if (standsFor)
            {
                hashes.Add(subtrees[--next]);
            }

            _levels.Add(hashes);
            level++;
        }
        while (first >> level > 0);
    }

    /// <summary>The first leaf that is known; roots and paths are given from there on.</summary>
    public long First { get; }

    public long Size
    {
        get
        {
            lock (_lock)
            {
                return _levels[0].Count;
            }
        }
    }

    /// <exception cref="IOException">There is no room for the hashes of old leaves; the tree is to be truncated then.</exception>
    public void Append(ReadOnlySpan<byte> leafHash)
    {
        lock (_lock)
        {
            _levels[0].Add(leafHash);
            for (int level = 0; _levels[level].Count % 2 == 0; level++)
            {
                if (level + 1 == _levels.Count)
                {
                    _levels.Add(new HashList(0, _scratchFolder)); // Nothing is unknown here: the leaves before First made no subtree so large.
                }

                HashList complete = _levels[level];
                _levels[level + 1].Add(MerkleTree.NodeHash(complete[complete.Count - 2], complete[complete.Count - 1]));
            }
        }
    }

    /// <summary>Forgets the leaves from <paramref name="size"/> on: a group that did not become durable.</summary>
    public void Truncate(long size)
    {
        lock (_lock)
        {
            for (int level = 0; level < _levels.Count; level++)
            {
                _levels[level].Truncate(size >> level);
            }
        }
    }

    /// <summary>The complete subtrees that all leaves make, largest first: enough for a tree to go on with.</summary>
    public IReadOnlyList<byte[]> Subtrees()
    {
        lock (_lock)
        {
            long size = _levels[0].Count;
            return
            [
                .. Enumerable.Range(0, _levels.Count).Reverse().Where(level => ((size >> level) & 1) == 1)
                    .Select(level => _levels[level][(size >> level) - 1]),
            ];
        }
    }

    /// <summary>The hash of a leaf that is known.</summary>
    public byte[] Leaf(long index)
    {
        lock (_lock)
        {
            CheckKnown(index);
            return _levels[0][index];
        }
    }

    /// <summary>The root at a present or past size (RFC 9162, 2.1.1).</summary>
    public byte[] Root(long size)
    {
        lock (_lock)
        {
            CheckKnown(size);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, _levels[0].Count);
            return size == 0 ? SHA256.HashData([]) : Hash(0, size);
        }
    }

    /// <summary>The inclusion path of a leaf in the tree of a present or past size (RFC 9162, 2.1.3.1).</summary>
    public IReadOnlyList<byte[]> Path(long index, long size)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(size, _levels[0].Count);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
            CheckKnown(index);
            List<byte[]> path = [];
            long from = 0;
            long to = size;
            while (to - from > 1)
            {
                long split = from + Split(to - from);
                bool left = index < split;
                path.Add(left ? Hash(split, to) : Hash(from, split));
                (from, to) = left ? (from, split) : (split, to);
            }

            path.Reverse();
            return path;
        }
    }

    /// <summary>The proof that the tree of one size only grew to become that of another (RFC 9162, 2.1.4.1).</summary>
    public IReadOnlyList<byte[]> Consistency(long first, long second)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(second, _levels[0].Count);
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(first);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
            CheckKnown(first);
            List<byte[]> proof = [];
            (long from, long to) = (0, second);
            bool isWhole = true;
            while (to != first)
            {
                long split = from + Split(to - from);
                bool left = first <= split;
                proof.Add(left ? Hash(split, to) : Hash(from, split));
                isWhole &= left;
                (from, to) = left ? (from, split) : (split, to);
            }

            if (!isWhole)
            {
                proof.Add(Hash(from, to));
            }

            proof.Reverse();
            return proof;
        }
    }

    public void Dispose() => _levels.ForEach(level => level.Dispose());

    private void CheckKnown(long index) => ArgumentOutOfRangeException.ThrowIfLessThan(index, First);

    /// <summary>The hash over the leaves from..to; from is a multiple of the power of two at or above their number.</summary>
    private byte[] Hash(long from, long to)
    {
        long count = to - from;
        if (long.IsPow2(count))
        {
            int level = (int)long.Log2(count);
            return _levels[level][from >> level];
        }

        long split = from + Split(count);
        return MerkleTree.NodeHash(Hash(from, split), Hash(split, to));
    }

    /// <summary>The largest power of two below <paramref name="count"/>.</summary>
    private static long Split(long count) => 1L << (int)long.Log2(count - 1);
}
