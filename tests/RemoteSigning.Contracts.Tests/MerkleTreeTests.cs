using NUnit.Framework;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Tests;

public sealed class MerkleTreeTests
{
    /// <summary>The leaves and the root of the reference trees that Certificate Transparency's implementations share.</summary>
    private static readonly byte[][] Leaves =
    [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];

    [TestCase(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [TestCase(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [TestCase(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [TestCase(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [TestCase(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Hashes_ReferenceTrees_GiveTheReferenceRoots(int size, string root) =>
        Assert.That(Convert.ToHexStringLower(Root(0, size)), Is.EqualTo(root));

    [Test]
    public void VerifyInclusion_EveryLeafOfEverySize_True()
    {
        for (int size = 1; size <= 8; size++)
        {
            for (int index = 0; index < size; index++)
            {
                byte[] leaf = MerkleTree.LeafHash(Leaves[index]);
                Assert.That(
                    MerkleTree.VerifyInclusion(leaf, index, size, [.. Path(index, 0, size)], Root(0, size)), Is.True, $"{index} of {size}");
            }
        }
    }

    [Test]
    public void VerifyInclusion_AnythingElse_False()
    {
        byte[] leaf = MerkleTree.LeafHash(Leaves[3]);
        byte[] root = Root(0, 7);
        List<byte[]> path = [.. Path(3, 0, 7)];
        Assert.Multiple(() =>
        {
            Assert.That(MerkleTree.VerifyInclusion(leaf, 2, 7, path, root), Is.False, "another index");
            Assert.That(MerkleTree.VerifyInclusion(leaf, 3, 3, path, root), Is.False, "index beyond the size");
            Assert.That(MerkleTree.VerifyInclusion(leaf, -1, 7, path, root), Is.False, "negative index");
            Assert.That(MerkleTree.VerifyInclusion(leaf, 3, 7, path[..^1], root), Is.False, "shorter path");
            Assert.That(MerkleTree.VerifyInclusion(leaf, 3, 7, [.. path, root], root), Is.False, "longer path");
            Assert.That(MerkleTree.VerifyInclusion(leaf, 3, 7, [path[1], path[0], path[2]], root), Is.False, "swapped path");
            Assert.That(MerkleTree.VerifyInclusion(MerkleTree.LeafHash(Leaves[2]), 3, 7, path, root), Is.False, "another leaf");
            Assert.That(MerkleTree.VerifyInclusion(leaf, 3, 7, [path[0], path[1], [1]], root), Is.False, "a hash of wrong length");
        });
    }

    private static byte[] Root(int from, int to)
    {
        if (to - from == 1)
        {
            return MerkleTree.LeafHash(Leaves[from]);
        }

        int split = from + Split(to - from);
        return MerkleTree.NodeHash(Root(from, split), Root(split, to));
    }

    private static IEnumerable<byte[]> Path(int index, int from, int to)
    {
        if (to - from == 1)
        {
            return [];
        }

        int split = from + Split(to - from);
        return index < split ? [.. Path(index, from, split), Root(split, to)] : [.. Path(index, split, to), Root(from, split)];
    }

    /// <summary>The largest power of two below <paramref name="size"/>.</summary>
    private static int Split(int size)
    {
        int split = 1;
        while (split * 2 < size)
        {
            split *= 2;
        }

        return split;
    }
}
