using System.Numerics;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Signing;

/// <summary>A Merkle tree whose leaves are all there (RFC 9162, 2.1): its root, and the path from each leaf.</summary>
internal sealed class LeafTree
{
    /// <summary>At height h the hashes of the whole subtrees of 2^h leaves.</summary>
    private readonly List<List<byte[]>> _levels;

    public LeafTree(List<byte[]> leafHashes)
    {
        _levels = [leafHashes];
        while (_levels[^1].Count > 1)
        {
            List<byte[]> below = _levels[^1];
            _levels.Add([.. Enumerable.Range(0, below.Count / 2).Select(i => MerkleTree.NodeHash(below[2 * i], below[(2 * i) + 1]))]);
        }
    }

    public int Size => _levels[0].Count;

    /// <summary>Of a tree that has leaves.</summary>
    public byte[] Root => Hash(0, Size);

    /// <summary>RFC 9162, 2.1.3.1: from the leaf's sibling up.</summary>
    public IReadOnlyList<byte[]> Path(int index)
    {
        var path = new List<byte[]>();
        (int start, int count) = (0, Size);
        while (count > 1)
        {
            int left = LargestPowerBelow(count);
            if (index < start + left)
            {
                path.Add(Hash(start + left, count - left));
                count = left;
            }
            else
            {
                path.Add(Hash(start, left));
                (start, count) = (start + left, count - left);
            }
        }

        path.Reverse();
        return path;
    }

    /// <remarks>Each range that the tree has begins at a multiple of its size, if that is a power of two.</remarks>
    private byte[] Hash(int start, int count)
    {
        if (BitOperations.IsPow2(count))
        {
            return _levels[BitOperations.Log2((uint)count)][start / count];
        }

        int left = LargestPowerBelow(count);
        return MerkleTree.NodeHash(Hash(start, left), Hash(start + left, count - left));
    }

    private static int LargestPowerBelow(int count) => 1 << BitOperations.Log2((uint)count - 1);
}
