using System.Security.Cryptography;

namespace RemoteSigning.Contracts.Audit;

/// <summary>Hashes and checks of RFC 9162, section 2.1, with SHA-256.</summary>
public static class MerkleTree
{
    /// <summary>SHA-256(0x00 ‖ record).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> record)
    {
        byte[] input = new byte[record.Length + 1];
        record.CopyTo(input.AsSpan(1));
        return SHA256.HashData(input);
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[65];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[33..]);
        return SHA256.HashData(input);
    }

    /// <summary>RFC 9162, 2.1.3.2: does the path lead from this leaf to this root?</summary>
    public static bool VerifyInclusion(
        ReadOnlySpan<byte> leafHash, long index, long treeSize, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> rootHash)
    {
        if (index < 0 || index >= treeSize || path.Any(p => p.Length != 32))
        {
            return false;
        }

        long fn = index;
        long sn = treeSize - 1;
        byte[] hash = leafHash.ToArray();
        foreach (byte[] sibling in path)
        {
            if (sn == 0)
            {
                return false;
            }

            if ((fn & 1) == 1 || fn == sn)
            {
                hash = NodeHash(sibling, hash);
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                hash = NodeHash(hash, sibling);
            }

            fn >>= 1;
            sn >>= 1;
        }

        return sn == 0 && hash.AsSpan().SequenceEqual(rootHash);
    }

    /// <summary>RFC 9162, 2.1.4.2: did the tree of the first size only grow to become that of the second?</summary>
    public static bool VerifyConsistency(
        long firstSize, ReadOnlySpan<byte> firstRoot, long secondSize, ReadOnlySpan<byte> secondRoot, IReadOnlyList<byte[]> proof)
    {
        if (firstSize <= 0 || firstSize > secondSize || proof.Any(p => p.Length != 32))
        {
            return false;
        }

        if (firstSize == secondSize)
        {
            return proof.Count == 0 && firstRoot.SequenceEqual(secondRoot);
        }

        Queue<byte[]> path = new(proof);
        if (long.IsPow2(firstSize))
        {
            path = new([firstRoot.ToArray(), .. proof]);
        }

        if (!path.TryDequeue(out byte[]? firstHash))
        {
            return false;
        }

        long fn = firstSize - 1;
        long sn = secondSize - 1;
        while ((fn & 1) == 1)
        {
            fn >>= 1;
            sn >>= 1;
        }

        byte[] secondHash = firstHash;
        foreach (byte[] node in path)
        {
            if (sn == 0)
            {
                return false;
            }

            if ((fn & 1) == 1 || fn == sn)
            {
                firstHash = NodeHash(node, firstHash);
                secondHash = NodeHash(node, secondHash);
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                secondHash = NodeHash(secondHash, node);
            }

            fn >>= 1;
            sn >>= 1;
        }

        return sn == 0 && firstHash.AsSpan().SequenceEqual(firstRoot) && secondHash.AsSpan().SequenceEqual(secondRoot);
    }
}
