using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Tests;

/// <summary>A floor list whose lines are mostly superseded gets shorter, and says the same, whenever the machine fails.</summary>
public sealed class FloorCompactionTests
{
    private const int Keys = 50;
    private const int Changes = 30;

    private readonly byte[] _macKey = RandomNumberGenerator.GetBytes(32);
    private readonly string _folder = Directory.CreateTempSubdirectory("floors-").FullName;
    private readonly Faults _faults = new();
    private int _macs;

    private string Path => System.IO.Path.Combine(_folder, "floor.list");

    [SetUp]
    public void Begin() => File.Delete(Path);

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Compact_MostLinesSuperseded_OneLineForEachKeyAndTheSameList()
    {
        FloorSummary before = Fill();
        using (FloorList list = Open())
        {
            _macs = 0;

            Assert.That(list.Compact(), Is.EqualTo($"{Keys * (Changes - 1)} superseded lines of the floor list removed, {Keys} keys left"));

            Assert.That(_macs, Is.EqualTo(1), "one HMAC, however many keys");
            Assert.That((list.Summary.Count, list.Summary.HoldsTheSameAs(before)), Is.EqualTo(((long)Keys, true)));
            list.Store(Key(0), new FloorEntry(FloorEntry.Deleted, 0, default));
            list.Store(Key(Keys), new FloorEntry(2, 0, Digest(7)));
        }

        Assert.That(File.ReadAllLines(Path), Has.Length.EqualTo(Keys + 2));
        using FloorList again = Open();
        Assert.That(again.Find(Key(0)), Is.EqualTo(new FloorEntry(FloorEntry.Deleted, 0, default)));
        Assert.That(again.Find(Key(1)), Is.EqualTo(Last(1)));
        Assert.That(again.Find(Key(Keys)), Is.EqualTo(new FloorEntry(2, 0, Digest(7))));
    }

    [Test]
    public void Read_AfterCompaction_GivesEachKeyOnce()
    {
        Fill();
        using FloorList list = Open();
        list.Compact();

        (IReadOnlyList<string> lines, long next) = list.Read(list.Summary.Id, 0, 1000);

        Assert.That((lines.Count, next, lines.Distinct().Count()), Is.EqualTo((Keys, (long)Keys, Keys)), "a peer that joins hears all of it");
    }

    [TestCase(500, 2)]
    [TestCase(2000, 2)]
    [TestCase(1, 900)]
    public void Compact_FewSuperseded_NothingHappens(int keys, int changes)
    {
        Fill(keys, changes);
        using FloorList list = Open();
        byte[] before = File.ReadAllBytes(Path);

        Assert.That(list.Compact(), Is.Empty);

        Assert.That(File.ReadAllBytes(Path), Is.EqualTo(before));
    }

    /// <summary>Each of the steps is the last one before the machine fails; what comes after never happens.</summary>
    [TestCase("half of the new file is written")]
    [TestCase("nothing of the new file can be written")]
    [TestCase("the new file is not flushed")]
    [TestCase("the new file is complete and not renamed")]
    [TestCase("the file was renamed")]
    public void Compact_MachineFailsAtAStep_TheNextStartHasTheWholeList(string step)
    {
        FloorSummary before = Fill();
        byte[] old = File.ReadAllBytes(Path);
        using (FloorList list = Open())
        {
            _faults.Full = step.StartsWith("half", StringComparison.Ordinal);
            _faults.ReadOnly = step.StartsWith("nothing", StringComparison.Ordinal);
            _faults.FlushFails = step.EndsWith("not flushed", StringComparison.Ordinal);
            if (_faults.Full || _faults.ReadOnly || _faults.FlushFails)
            {
                Assert.That(list.Compact, Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
                Assert.That(File.ReadAllBytes(Path), Is.EqualTo(old));
            }
            else
            {
                list.Compact();
            }
        }

        _faults.Heal();
        if (step.EndsWith("not renamed", StringComparison.Ordinal))
        {
            File.Move(Path, Path + ".next");
            File.WriteAllBytes(Path, old);
        }

        using FloorList again = Open();
        Assert.That(again.Summary.HoldsTheSameAs(before), Is.True);
        again.Compact();
        Assert.That((again.Summary.Count, again.Summary.HoldsTheSameAs(before)), Is.EqualTo(((long)Keys, true)));
        Assert.That(File.Exists(Path + ".next"), Is.False);
    }

    [Test]
    public void Open_CompactedFileWithAnyLineChangedOrCut_Refused()
    {
        Fill();
        using (FloorList list = Open())
        {
            list.Compact();
        }

        string[] lines = File.ReadAllLines(Path);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] changed = [.. lines];
            changed[i] = changed[i].Replace($" {Changes + 1} ", $" {Changes} ", StringComparison.Ordinal);
            File.WriteAllLines(Path, changed);
            Assert.Throws<StartException>(() => Open(), $"line {i} changed");
            if (i > 0)
            {
                File.WriteAllLines(Path, lines[..i]);
                Assert.Throws<StartException>(() => Open(), $"cut to {i} lines");
            }
        }
    }

    /// <summary>By a whole node: its start compacts, records it, and older objects of its keys stay worthless.</summary>
    [Test]
    public async Task Start_LongList_CompactedAndRecorded()
    {
        await using TestNode node = await TestNode.StartNewAsync();
        KeyPair key = await TestKey.EnabledAsync(node, TestKey.P256);
        KeyPair newest = (await node.Client.ChangeStatusAsync(key, TestKey.Signer, true, false)).KeyPair;
        for (int i = 0; i < 1000; i++)
        {
            node.Running.Floors.Store(Key(0), new FloorEntry(i + 2, 0, Digest(i)));
        }

        await node.RestartAsync();

        Assert.That(node.FloorEntries, Is.EqualTo(2));
        Assert.That(File.ReadAllLines(node.FloorFile), Has.Length.EqualTo(2));
        Assert.That(node.AdministrationRecords()[^1].Reason, Does.EndWith("; 1001 superseded lines of the floor list removed, 2 keys left"));
        (await node.Client.ChangeStatusAsync(key, TestKey.Signer, true, true)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        Assert.That((await node.Client.ChangeStatusAsync(newest, TestKey.Signer, true, true)).Status, Is.EqualTo(HttpStatusCode.OK));
        await node.RestartAsync();
    }

    [Test]
    public async Task Start_ListThatWasCut_RefusedAndLeftAsItIs()
    {
        await using TestNode node = await TestNode.StartNewAsync();
        for (int i = 0; i < 1002; i++)
        {
            node.Running.Floors.Store(Key(0), new FloorEntry(i + 2, 0, Digest(i)));
        }

        await TestKey.AssignedAsync(node, TestKey.P256);
        await node.StopAsync();
        File.WriteAllLines(node.FloorFile, File.ReadAllLines(node.FloorFile)[..^1]);
        byte[] evidence = File.ReadAllBytes(node.FloorFile);

        Assert.That(Assert.ThrowsAsync<StartException>(node.StartAsync)!.Message, Does.Contain("older than the audit log"));
        Assert.That(File.ReadAllBytes(node.FloorFile), Is.EqualTo(evidence));
    }

    private static UInt128 Key(int number) => new(1, (ulong)number);

    private static FloorDigest Digest(int number) => FloorDigest.Of(SHA256.HashData(BitConverter.GetBytes(number)));

    private static FloorEntry Last(int key, int changes = Changes) => new(changes + 1, 2_000_000_000, Digest((key * 1000) + changes - 1));

    private FloorSummary Fill(int keys = Keys, int changes = Changes)
    {
        using FloorList list = Open();
        for (int change = 0; change < changes; change++)
        {
            list.Join([.. Enumerable.Range(0, keys).Select(k => (Key(k), Last(k, change + 1)))]);
        }

        return list.Summary;
    }

    private FloorList Open() => FloorList.Open(
        Path,
        "sam-1",
        text =>
        {
            _macs++;
            return HMACSHA256.HashData(_macKey, text);
        },
        path => new FaultyFile(new AppendFile(path), _faults));
}
