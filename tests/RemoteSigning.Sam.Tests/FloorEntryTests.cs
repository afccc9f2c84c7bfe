using NUnit.Framework;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Tests;

/// <summary>Lists that heard the same entries are equal, whatever the order and however often they heard them.</summary>
public sealed class FloorEntryTests
{
    private static readonly FloorEntry[] Entries =
    [
        new(2, 0, new FloorDigest(1, 1)),
        new(2, 9, new FloorDigest(2, 2)),
        new(3, 0, new FloorDigest(1, 1)),
        new(3, 0, new FloorDigest(3, 3)),
        new(3, 5, default),
        new(4, 7, new FloorDigest(4, 4)),
        new(FloorEntry.Deleted, 0, default),
        new(FloorEntry.Deleted, 7, default),
    ];

    [Test]
    public void Join_AnyOrder_SameEntry()
    {
        foreach (FloorEntry a in Entries)
        {
            Assert.That(FloorEntry.Join(a, a), Is.EqualTo(a));
            foreach (FloorEntry b in Entries)
            {
                Assert.That(FloorEntry.Join(a, b), Is.EqualTo(FloorEntry.Join(b, a)));
                Assert.That(FloorEntry.Join(a, FloorEntry.Join(a, b)), Is.EqualTo(FloorEntry.Join(a, b)));
                foreach (FloorEntry c in Entries)
                {
                    Assert.That(FloorEntry.Join(a, FloorEntry.Join(b, c)), Is.EqualTo(FloorEntry.Join(FloorEntry.Join(a, b), c)));
                }
            }
        }
    }

    [Test]
    public void Join_TwoObjectsOfOneVersion_NeitherIsValid() =>
        Assert.That(FloorEntry.Join(Entries[2], Entries[3]), Is.EqualTo(new FloorEntry(3, 0, default)));

    [Test]
    public void TryParse_ItsOwnLine_SameEntry()
    {
        foreach (FloorEntry entry in Entries)
        {
            Assert.That(FloorEntry.TryParse(entry.ToLine(UInt128.MaxValue), out UInt128 key, out FloorEntry read), Is.True);
            Assert.That((key, read), Is.EqualTo((UInt128.MaxValue, entry)));
        }
    }

    [TestCase("")]
    [TestCase("00000000000000000000000000000001 2 0")]
    [TestCase("00000000000000000000000000000001 0 0 -")]
    [TestCase("00000000000000000000000000000001 -2 0 -")]
    [TestCase("00000000000000000000000000000001 02 0 -")]
    [TestCase("00000000000000000000000000000001 2147483647 0 -")]
    [TestCase("00000000000000000000000000000001 2147483648 0 -")]
    [TestCase("00000000000000000000000000000001 2 0 0123")]
    [TestCase("00000000000000000000000000000001 2 0 -\n")]
    [TestCase("0000000000000000000000000000000A 2 0 -")]
    [TestCase("1 2 0 -")]
    public void TryParse_AnythingElse_Refused(string line) => Assert.That(FloorEntry.TryParse(line, out _, out _), Is.False);
}
