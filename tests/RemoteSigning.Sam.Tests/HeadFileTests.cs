using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>The files of heads stay short, and keep what shows a rewritten log, whenever the machine fails.</summary>
public sealed class HeadFileTests
{
    private const int Lines = 10_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("heads-").FullName;
    private readonly Faults _faults = new();

    private string Path => System.IO.Path.Combine(_folder, "heads");

    [SetUp]
    public void Begin() => File.Delete(Path);

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    /// <summary>Lines are <c>WHOSE DAY NUMBER</c>; 100 of them on each day, of two logs in turn.</summary>
    [Test]
    public void Append_ManyLines_TheNewestAndTheLastOfEachDayStay()
    {
        Fill();
        using (HeadFile file = Open())
        {
            file.Append(Line(Lines));
        }

        string[] kept = File.ReadAllLines(Path);
        string[] all = [.. Enumerable.Range(0, Lines + 1).Select(i => Encoding.ASCII.GetString(Line(i)))];
        Assert.That(kept[^(2 * HeadFile.Newest)..], Is.EqualTo(all[^(2 * HeadFile.Newest)..]), "the newest, in their order");
        Assert.That(kept[..^((2 * HeadFile.Newest) + 1)], Is.EqualTo(Enumerable.Range(0, 80).SelectMany(d => (string[])[$"a {d} {(100 * d) + 98}", $"b {d} {(100 * d) + 99}"])));
    }

    [Test]
    public void Append_LineThatCannotBeRead_Stays()
    {
        Fill("something else");
        using (HeadFile file = Open())
        {
            file.Append(Line(Lines));
        }

        Assert.That(File.ReadLines(Path).First(), Is.EqualTo("something else"));
    }

    [TestCase("half of the new file is written")]
    [TestCase("the new file is not flushed")]
    [TestCase("the new file is complete and not renamed")]
    public void Append_MachineFailsWhileTheFileIsMadeShorter_NothingIsLost(string step)
    {
        Fill();
        using (HeadFile file = Open())
        {
            _faults.Full = step.StartsWith("half", StringComparison.Ordinal);
            _faults.FlushFails = step.EndsWith("not flushed", StringComparison.Ordinal);
            if (_faults.Full || _faults.FlushFails)
            {
                Assert.Throws<IOException>(() => file.Append(Line(Lines)));
            }
            else
            {
                File.WriteAllText(Path + ".next", "left over");
            }

            _faults.Heal();
        }

        Assert.That(File.ReadAllLines(Path), Has.Length.EqualTo(Lines));
        using HeadFile again = Open();
        again.Append(Line(Lines));
        Assert.That(File.ReadLines(Path).Last(), Is.EqualTo(Encoding.ASCII.GetString(Line(Lines))));
        Assert.That((File.ReadLines(Path).Count() < Lines, File.Exists(Path + ".next")), Is.EqualTo((true, false)));
    }

    /// <summary>After its file was made shorter and read again, a witness still refuses what does not go on from the newest head.</summary>
    [Test]
    public void Witness_FileMadeShorterAndReadAgain_KnowsTheNewestHead()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        EcdsaVerifier verifier = EcdsaVerifier.FromPem(key.ExportSubjectPublicKeyInfoPem());
        TreeHead head = Head(7, RandomNumberGenerator.GetBytes(32));
        File.WriteAllLines(Path, Enumerable.Range(1, Lines).Select(i => Encoding.UTF8.GetString(LogFormat.WriteHead(head with { TreeSize = i == Lines ? 7 : 1 }))));
        using (var witness = new HeadWitness("sam-2", Path, p => new AppendFile(p), Sign, TimeProvider.System))
        {
            Assert.That(witness.Sign(head, verifier, []), Is.Not.Null, "the same head once more");
        }

        Assert.That(File.ReadLines(Path).Count(), Is.LessThan(Lines));
        using var again = new HeadWitness("sam-2", Path, p => new AppendFile(p), Sign, TimeProvider.System);
        Assert.That(again.Newest("sam-1", AuditLogNames.Service)!.Name, Is.EqualTo(head.Name));
        Assert.That(again.Sign(Head(7, RandomNumberGenerator.GetBytes(32)), verifier, []), Is.Null, "a fork of the same size");

        byte[] Sign(byte[] text) => key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        TreeHead Head(long size, byte[] root) => new("sam-1", size, 2, root, Sign(TreeHead.SignedText("sam-1", size, 2, root)));
    }

    private static byte[] Line(int i) => Encoding.ASCII.GetBytes($"{(i % 2 == 0 ? 'a' : 'b')} {i / 100} {i}");

    /// <summary>As many lines as a file may have, before there are fewer again.</summary>
    private void Fill(params string[] before) =>
        File.WriteAllLines(Path, [.. before, .. Enumerable.Range(0, Lines).Select(i => Encoding.ASCII.GetString(Line(i)))]);

    private HeadFile Open() => new(
        Path,
        p => new FaultyFile(new AppendFile(p), _faults),
        line => Encoding.ASCII.GetString(line).Split(' ') is [var of, var day, _]
            ? (of, long.Parse(day, System.Globalization.CultureInfo.InvariantCulture) * (long)TimeSpan.FromDays(1).TotalMilliseconds)
            : null);
}
