using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

public sealed class AuditLogTests
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private string _path = "";
    private Counts _counts = new();
    private bool _signingFails;
    private EcdsaVerifier _verifier = null!;
    private AuditLog _log = null!; // Set before each test runs.

    [SetUp]
    public void Open()
    {
        _path = Path.Combine(TestToken.Folder, $"{Guid.NewGuid():N}.log");
        _signingFails = false;
        _counts = new Counts();
        _verifier = EcdsaVerifier.FromPem(_key.ExportSubjectPublicKeyInfoPem());
        _log = OpenLog();
    }

    [TearDown]
    public void Close() => _log.Dispose();

    [OneTimeTearDown]
    public void Forget() => _key.Dispose();

    private AuditLog OpenLog()
    {
        var seams = new SamSeams(TimeProvider.System, path => new CountingFile(new AppendFile(path), _counts), _ => 0);
        OpenedLog opened = OpenedLog.Read(AuditLogNames.Service, _path, "sam-1", _verifier, _ => { }, seams);
        opened.GoOn();
        return new AuditLog("sam-1", opened, Sign, TimeProvider.System, NullLogger<AuditLog>.Instance);
    }

    [Test]
    public async Task Append_HeadCannotBeSigned_NothingIsWrittenAndLaterRecordsAre()
    {
        await _log.AppendAsync(NewRecord());
        long length = new FileInfo(_path).Length;
        _signingFails = true;

        ProblemException refusal = Assert.ThrowsAsync<ProblemException>(() => _log.AppendAsync(NewRecord()))!;

        Assert.That(refusal.Code, Is.EqualTo(ProblemCodes.AuditUnavailable));
        Assert.That(new FileInfo(_path).Length, Is.EqualTo(length));
        _signingFails = false;
        LogProof proof = await _log.AppendAsync(NewRecord());
        Assert.That((proof.Index, proof.Head.TreeSize), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public async Task Append_ManyAtOnce_FewFlushesAndEveryProofVerifies()
    {
        _counts.Gate.Reset();
        Task<LogProof>[] appends = [.. Enumerable.Range(0, 100).Select(_ => Task.Run(() => _log.AppendAsync(NewRecord())))];
        SpinWait.SpinUntil(() => appends.All(a => a.Status == TaskStatus.WaitingForActivation));
        _counts.Gate.Set();

        LogProof[] proofs = await Task.WhenAll(appends);

        Assert.That(_counts.Flushes, Is.LessThan(20), "records share a flush");
        Assert.That(_counts.Signatures, Is.EqualTo(_counts.Flushes), "one signature for each group");
        Assert.That(proofs.Select(p => p.Index).Order(), Is.EqualTo(Enumerable.Range(0, 100)));
        Assert.That(proofs.All(p => p.Head.Verify(_key) && MerkleTree.VerifyInclusion(
            MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(p.Record)), p.Index, p.Head.TreeSize, p.Path, p.Head.RootHash)));
    }

    [Test]
    public async Task Knows_PastHeadsOnly()
    {
        TreeHead first = (await _log.AppendAsync(NewRecord())).Head;
        TreeHead second = (await _log.AppendAsync(NewRecord())).Head;

        Assert.That(_log.Knows(1, first.RootHash) && _log.Knows(2, second.RootHash), Is.True);
        Assert.That(_log.Knows(2, first.RootHash) || _log.Knows(1, second.RootHash) || _log.Knows(3, second.RootHash), Is.False);
    }

    private byte[] Sign(byte[] text)
    {
        _counts.Signatures++;
        return _signingFails
            ? throw new HsmException("C_Sign", 0x30)
            : _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static AuditRecord NewRecord() => new()
    {
        V = AuditRecord.CurrentVersion,
        Index = -1,
        Node = "sam-1",
        Epoch = "e",
        Time = "",
        Event = AuditEvents.Status,
        Outcome = "success",
    };

    private sealed class Counts
    {
        public int Signatures { get; set; }

        public int Flushes { get; set; }

        /// <summary>Closed, it holds a flush, as a slow medium does.</summary>
        public ManualResetEventSlim Gate { get; } = new(true);
    }

    private sealed class CountingFile(IAppendFile file, Counts counts) : IAppendFile
    {
        public long Length => file.Length;

        public void Append(ReadOnlySpan<byte> bytes) => file.Append(bytes);

        public void Flush()
        {
            counts.Gate.Wait();
            counts.Flushes++;
            file.Flush();
        }

        public void Truncate(long length) => file.Truncate(length);

        public void Dispose() => file.Dispose();
    }
}
