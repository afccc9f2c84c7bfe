using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

public sealed class LogTreeTests
{
    private const int Leaves = 300;

    [TestCase(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [TestCase(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public void Root_EmptyLeaf_IsTheReferenceRoot(int size, string root)
    {
        var tree = new LogTree();
        tree.Append(MerkleTree.LeafHash([]));

        Assert.That(Convert.ToHexStringLower(tree.Root(size)), Is.EqualTo(root));
    }

    [Test]
    public void Path_EveryLeafOfEveryPastSize_LeadsToItsRoot()
    {
        LogTree tree = NewTree(Leaves);
        for (int size = 1; size <= Leaves; size += 7)
        {
            byte[] root = tree.Root(size);
            for (int index = 0; index < size; index++)
            {
                Assert.That(
                    MerkleTree.VerifyInclusion(Leaf(index), index, size, tree.Path(index, size), root), Is.True, $"{index} of {size}");
            }
        }
    }

    [Test]
    public void Root_PastSize_IsTheRootOfATreeThatEndedThere()
    {
        LogTree tree = NewTree(Leaves);
        for (int size = 0; size <= Leaves; size++)
        {
            Assert.That(tree.Root(size), Is.EqualTo(NewTree(size).Root(size)), $"{size}");
        }
    }

    [Test]
    public void Truncate_ThenOtherLeaves_AsIfTheOldOnesNeverWere()
    {
        LogTree tree = NewTree(Leaves);
        for (int size = Leaves; size > 0; size -= 13)
        {
            tree.Truncate(size);
            Assert.That(tree.Root(size), Is.EqualTo(NewTree(size).Root(size)));
            tree.Append(Leaf(-1));
            tree.Truncate(size);
            Assert.That(tree.Size, Is.EqualTo(size));
            Assert.That(tree.Root(size), Is.EqualTo(NewTree(size).Root(size)));
        }
    }

    [Test]
    public void Tree_ThatGoesOnBehindUnknownLeaves_HasTheSameRootsAndPaths()
    {
        LogTree whole = NewTree(Leaves);
        for (int first = 0; first < 70; first++)
        {
            var tree = new LogTree(first, NewTree(first).Subtrees());
            for (int i = first; i < Leaves; i++)
            {
                Assert.That(tree.Root(i), Is.EqualTo(whole.Root(i)), $"{i} behind {first}");
                tree.Append(Leaf(i));
            }

            tree.Truncate(first + 1);
            tree.Append(Leaf(first + 1));
            for (int size = first + 1; size <= first + 2; size++)
            {
                Assert.That(tree.Path(first, size), Is.EqualTo(whole.Path(first, size)), $"{first} of {size}");
            }

            Assert.That(tree.Subtrees(), Is.EqualTo(NewTree(first + 2).Subtrees()));
            Assert.Throws<ArgumentOutOfRangeException>(() => tree.Root(first - 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => tree.Path(first - 1, first + 1));
        }
    }

    [Test]
    public void Consistency_EveryPairOfSizes_VerifiesAndNothingElse()
    {
        const int Largest = 40;
        LogTree tree = NewTree(Largest);
        for (int second = 1; second <= Largest; second++)
        {
            for (int first = 1; first <= second; first++)
            {
                IReadOnlyList<byte[]> proof = tree.Consistency(first, second);
                byte[] other = Leaf(-1);
                Assert.That(MerkleTree.VerifyConsistency(first, tree.Root(first), second, tree.Root(second), proof), Is.True, $"{first} of {second}");
                Assert.That(MerkleTree.VerifyConsistency(first, other, second, tree.Root(second), proof), Is.False);
                Assert.That(MerkleTree.VerifyConsistency(first, tree.Root(first), second, other, proof), Is.False);
                Assert.That(MerkleTree.VerifyConsistency(first, tree.Root(first), second, tree.Root(second), [.. proof, other]), Is.False);
            }
        }

        Assert.That(MerkleTree.VerifyConsistency(5, tree.Root(5), 4, tree.Root(4), []), Is.False);
        Assert.That(MerkleTree.VerifyConsistency(0, tree.Root(0), 4, tree.Root(4), []), Is.False);
    }

    [TestCase(5, 1)]
    [TestCase(4, 2)]
    [TestCase(-1, 64)]
    public void Tree_OtherSubtreesThanItsSize_Refused(long first, int subtrees) => Assert.Throws<ArgumentException>(
        () => _ = new LogTree(first, [.. Enumerable.Repeat(new byte[32], subtrees)]));

    [Test]
    public void Append_MoreThanOneBlock_KeepsAll()
    {
        var tree = new LogTree();
        for (int i = 0; i < 10_000; i++)
        {
            tree.Append(Leaf(i));
        }

        Assert.That(MerkleTree.VerifyInclusion(Leaf(4095), 4095, 10_000, tree.Path(4095, 10_000), tree.Root(10_000)), Is.True);
        Assert.That(MerkleTree.VerifyInclusion(Leaf(9_999), 9_999, 10_000, tree.Path(9_999, 10_000), tree.Root(10_000)), Is.True);
    }

    private static byte[] Leaf(int i) => MerkleTree.LeafHash(BitConverter.GetBytes(i));

    private static LogTree NewTree(int size)
    {
        var tree = new LogTree();
        for (int i = 0; i < size; i++)
        {
            tree.Append(Leaf(i));
        }

        return tree;
    }
}
