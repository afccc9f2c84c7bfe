using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Commands;

namespace RemoteSigning.Sam.Tests;

/// <summary>A log that was changed and signed anew with the stolen audit key fits itself; what others kept shows it.</summary>
public sealed class RewrittenLogTests
{
    private const int Records = 8;
    private const int Changed = 5;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _witnessKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string _folder = "";
    private LogProof[] _genuine = [];
    private LogProof[] _forged = [];

    [OneTimeSetUp]
    public async Task Write()
    {
        _folder = Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName;
        File.WriteAllText(PathOf("key.pem"), _key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(PathOf("witness.pem"), _witnessKey.ExportSubjectPublicKeyInfoPem());
        _genuine = await WriteLogAsync("genuine.log", _ => "ssa");
        _forged = await WriteLogAsync("forged.log", i => i == Changed ? "ssb" : "ssa");
    }

    [OneTimeTearDown]
    public void Forget()
    {
        _key.Dispose();
        _witnessKey.Dispose();
    }

    [Test]
    public void NothingKept_ForgedLogVerifies() => Assert.That(Verify("forged.log", out string said), Is.Zero, said);

    [TestCase(4, 5, "record 5")]
    [TestCase(2, 7, "one of the records 3 to 7")]
    [TestCase(0, 0, "")]
    public void HeadsKept_TheFirstBadRecordIsNamed(int lastFitting, int firstContradicting, string named)
    {
        string[] kept = [Keep("a.json", _genuine[lastFitting].Head), Keep("b.json", _genuine[firstContradicting].Head)];

        Assert.That(Verify("genuine.log", out string said, kept), Is.Zero, said);
        Assert.That(Verify("forged.log", out said, kept), Is.EqualTo(named.Length > 0 ? 1 : 0), said);
        Assert.That(said, named.Length > 0 ? Does.Contain($"The first bad one is {named}.") : Does.Contain("2 kept heads"));
    }

    [Test]
    public void ProofKept_ItsRecordIsNamed()
    {
        string file = PathOf("proof.json");
        File.WriteAllText(file, JsonSerializer.Serialize(_genuine[Changed], AuditJson.Default.LogProof));

        Assert.That(Verify("forged.log", out string said, "--head", file), Is.EqualTo(1));
        Assert.That(said, Does.Contain($"record {Changed} is not the one that {file} proves"));
    }

    [Test]
    public void CounterSigned_ForgedLogIsFoundAndGenuineOneIsNot()
    {
        using HeadWitness witness = NewWitness();
        CounterSignature[] signed = [Sign(witness, _genuine, 3, [])!, Sign(witness, _genuine, 7, Tree("genuine.log").Consistency(4, 8))!];
        string file = PathOf("heads.log");
        File.WriteAllLines(file, signed.Select(s => JsonSerializer.Serialize(s, AuditJson.Default.CounterSignature)));
        string[] arguments = ["--counter-signatures", file, "--witness", $"sam-2={PathOf("witness.pem")}"];

        Assert.That(Verify("genuine.log", out string said, arguments), Is.Zero, said);
        Assert.That(said, Does.Contain("2 kept heads"));
        Assert.That(Verify("forged.log", out said, arguments), Is.EqualTo(1));
        Assert.That(said, Does.Contain("counter-signed by sam-2").And.Contain("one of the records 4 to 7"));
    }

    [Test]
    public void CounterSignature_OfAnotherKeyOrWitness_Refused()
    {
        using HeadWitness witness = NewWitness();
        CounterSignature signed = Sign(witness, _genuine, 3, [])!;
        string file = PathOf("bad.log");
        foreach (CounterSignature bad in (CounterSignature[])[
            signed with { Timestamp = signed.Timestamp + 1 },
            signed with { Head = _genuine[4].Head },
            signed with { Head = signed.Head with { Log = AuditLogNames.Administration } },
            signed with { Witness = "sam-3" }])
        {
            File.WriteAllText(file, JsonSerializer.Serialize(bad, AuditJson.Default.CounterSignature));
            Assert.Throws<StartException>(
                () => Verify("genuine.log", out _, "--counter-signatures", file, "--witness", $"sam-2={PathOf("witness.pem")}"));
        }
    }

    [Test]
    public void Witness_OtherHistory_NotSignedAlsoAfterARestart()
    {
        string path = PathOf($"{Guid.NewGuid():N}.witnessed");
        using (HeadWitness witness = NewWitness(path))
        {
            Assert.That(Sign(witness, _genuine, 5, []), Is.Not.Null);
            Assert.That(Sign(witness, _forged, 5, []), Is.Null, "another root of the same size");
        }

        File.AppendAllText(path, "{\"head\":{\"no");
        using HeadWitness again = NewWitness(path);
        Assert.That(again.Newest("sam-1", AuditLogNames.Service)?.TreeSize, Is.EqualTo(6));
        Assert.That(Sign(again, _forged, 7, Tree("forged.log").Consistency(6, 8)), Is.Null, "a history that changed");
        Assert.That(Sign(again, _genuine, 7, []), Is.Null, "no proof");
        Assert.That(Sign(again, _genuine, 4, []), Is.Null, "a shorter log");
        Assert.That(Sign(again, _genuine, 7, Tree("genuine.log").Consistency(6, 8)), Is.Not.Null);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Keep(string name, TreeHead head)
    {
        File.WriteAllText(PathOf(name), JsonSerializer.Serialize(head, AuditJson.Default.TreeHead));
        return PathOf(name);
    }

    private int Verify(string log, out string said, params string[] more)
    {
        using var output = new StringWriter();
        string[] options = more.Length > 0 && !more[0].StartsWith('-') ? [.. more.SelectMany(m => (string[])["--head", m])] : more;
        int code = VerifyLogCommand.Run(["--log", PathOf(log), "--audit-key", PathOf("key.pem"), .. options], output);
        said = output.ToString();
        return code;
    }

    private HeadWitness NewWitness(string? path = null) => new(
        "sam-2",
        path ?? PathOf($"{Guid.NewGuid():N}.witnessed"),
        p => new AppendFile(p),
        text => _witnessKey.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
        TimeProvider.System);

    private CounterSignature? Sign(HeadWitness witness, LogProof[] log, int record, IReadOnlyList<byte[]> consistency) =>
        witness.Sign(log[record].Head, EcdsaVerifier.FromPem(_key.ExportSubjectPublicKeyInfoPem()), consistency);

    private LogTree Tree(string log)
    {
        var tree = new LogTree();
        foreach (string line in File.ReadLines(PathOf(log)).Where(l => l.StartsWith("{\"v\":", StringComparison.Ordinal)))
        {
            tree.Append(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line)));
        }

        return tree;
    }

    private async Task<LogProof[]> WriteLogAsync(string name, Func<int, string> actor)
    {
        var seams = new SamSeams(TimeProvider.System, path => new AppendFile(path), _ => 0);
        OpenedLog opened = OpenedLog.Read(
            AuditLogNames.Service, PathOf(name), "sam-1", EcdsaVerifier.FromPem(_key.ExportSubjectPublicKeyInfoPem()), _ => { }, seams);
        opened.GoOn();
        using var log = new AuditLog(
            "sam-1",
            opened,
            text => _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
            new SettableClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            NullLogger<AuditLog>.Instance);
        List<LogProof> proofs = [];
        for (int i = 0; i < Records; i++)
        {
            proofs.Add(await log.AppendAsync(new AuditRecord
            {
                V = AuditRecord.CurrentVersion,
                Index = 0,
                Node = "sam-1",
                Epoch = "e",
                Time = "",
                Event = AuditEvents.Status,
                Actor = actor(i),
                Outcome = "success",
            }));
        }

        return [.. proofs];
    }
}
