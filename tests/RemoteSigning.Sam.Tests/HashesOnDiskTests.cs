using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>A tree with its old hashes on disk says exactly what one says that keeps them in memory.</summary>
public sealed class HashesOnDiskTests
{
    private const int Leaves = (5 * HashList.BlockHashes) + 77;

    private readonly LogTree _inMemory = NewTree(null, Leaves);

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("hashes").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, true);

    [OneTimeTearDown]
    public void OneTimeTearDown() => _inMemory.Dispose();

    [Test]
    public void Proofs_OldAndNewLeaves_AsInMemory()
    {
        using LogTree tree = NewTree(_folder, Leaves);

        Assert.Multiple(() =>
        {
            for (int size = 1; size <= Leaves; size += 997)
            {
                Assert.That(tree.Root(size), Is.EqualTo(_inMemory.Root(size)), $"root of {size}");
                Assert.That(tree.Path(size / 2, size), Is.EqualTo(_inMemory.Path(size / 2, size)), $"path of {size / 2} in {size}");
                Assert.That(tree.Consistency(size, Leaves), Is.EqualTo(_inMemory.Consistency(size, Leaves)), $"{size} to {Leaves}");
                Assert.That(tree.Leaf(size - 1), Is.EqualTo(_inMemory.Leaf(size - 1)), $"leaf {size - 1}");
            }
        });
    }

    [TestCase(Leaves - 1)]
    [TestCase(Leaves - 78)]
    [TestCase((4 * HashList.BlockHashes) - 1)]
    [TestCase(2 * HashList.BlockHashes)]
    [TestCase((2 * HashList.BlockHashes) + 1)]
    [TestCase(0)]
    public void Truncate_ThenTheSameLeaves_AsInMemory(int size)
    {
        using LogTree tree = NewTree(_folder, Leaves);

        tree.Truncate(size);
        byte[] root = tree.Root(size);
        Grow(tree, size, Leaves);

        Assert.Multiple(() =>
        {
            Assert.That(root, Is.EqualTo(_inMemory.Root(size)));
            Assert.That(tree.Root(Leaves), Is.EqualTo(_inMemory.Root(Leaves)));
            Assert.That(tree.Path(size, Leaves), Is.EqualTo(_inMemory.Path(size, Leaves)));
            Assert.That(tree.Path(1, Leaves), Is.EqualTo(_inMemory.Path(1, Leaves)));
        });
    }

    [Test]
    public void Subtrees_OldTree_LetAnotherGoOn()
    {
        const int first = (3 * HashList.BlockHashes) + 5;
        using LogTree whole = NewTree(_folder, first);
        using var tree = new LogTree(first, whole.Subtrees(), _folder);
        Grow(tree, first, Leaves);

        Assert.That(tree.Root(Leaves), Is.EqualTo(_inMemory.Root(Leaves)));
    }

    [Test]
    public void Append_ManyLeaves_LeavesNoNameInTheFolder()
    {
        using LogTree tree = NewTree(_folder, Leaves);

        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void Append_NoRoomOnDisk_GoesOnOnceThereIs()
    {
        string gone = Path.Combine(_folder, "gone");
        using var tree = new LogTree(gone);
        const int memory = 2 * HashList.BlockHashes;
        Grow(tree, 0, memory);

        Assert.That(() => tree.Append(Leaf(memory)), Throws.InstanceOf<IOException>());
        tree.Truncate(memory);
        Assert.That(tree.Root(memory), Is.EqualTo(_inMemory.Root(memory)));

        Directory.CreateDirectory(gone);
        Grow(tree, memory, Leaves);
        Assert.That(tree.Root(Leaves), Is.EqualTo(_inMemory.Root(Leaves)));
    }

    private static LogTree NewTree(string? folder, int leaves)
    {
        var tree = new LogTree(folder);
        Grow(tree, 0, leaves);
        return tree;
    }

    private static void Grow(LogTree tree, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            tree.Append(Leaf(i));
        }
    }

    private static byte[] Leaf(int number) => MerkleTree.LeafHash(BitConverter.GetBytes(number));
}
