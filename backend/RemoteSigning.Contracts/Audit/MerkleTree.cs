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
}
