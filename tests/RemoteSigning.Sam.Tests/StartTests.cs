using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>A node does not start on files that do not verify, and verify-log finds what was done to a log.</summary>
public sealed class StartTests
{
    private static readonly string[] Tampering = ["edit", "remove", "swap", "insert", "foreign head"];

    private TestNode _node = null!; // Set before each test runs.
    private KeyPair _key = null!;
    private TreeHead _kept = null!;

    /// <summary>Leaves a stopped node with ten or more records, each under a head of its own.</summary>
    [SetUp]
    public async Task Prepare()
    {
        _node = await TestNode.StartNewAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
        SignaturesRequest request = NewRequest();
        for (int i = 0; i < 5; i++)
        {
            await _node.EpochAsync();
        }

        await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1));
        _kept = (await _node.Client.GetStatusAsync()).Head!; // A status always has one.
        await _node.StopAsync();
    }

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Start_GenuineFiles_ServesAndGoesOnWithTheLog()
    {
        long before = _node.Records()[^1].Index;

        await _node.StartAsync();

        Assert.That(_node.Records()[^1], Has.Property("Index").EqualTo(before + 1).And.Property("Event").EqualTo("start"));
        Assert.That(
            (await _node.Client.GetWithHeadAsync($"{_kept.TreeSize}.{System.Buffers.Text.Base64Url.EncodeToString(_kept.RootHash)}")).Status,
            Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCaseSource(nameof(Tampering))]
    public void TamperedLog_StartRefusesAndVerifyLogNamesTheRecord(string how)
    {
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
        List<string> lines = [.. File.ReadAllLines(_node.LogFile)];
        int line = lines.FindIndex(l => l.Contains("\"index\":6,", StringComparison.Ordinal));
        string named = "ecord 6";
        switch (how)
        {
            case "edit":
                lines[line] = lines[line].Replace("\"actor\":\"ssa\"", "\"actor\":\"ssb\"", StringComparison.Ordinal);
                break;
            case "remove":
                lines.RemoveRange(line, 2);
                break;
            case "swap":
                (lines[line], lines[line + 2]) = (lines[line + 2], lines[line]);
                break;
            case "insert":
                lines.Insert(line + 2, lines[line]);
                named = "ecord 7";
                break;
            default:
                lines[line + 1] = HeadOfAnotherKey(lines[line + 1]);
                break;
        }

        File.WriteAllLines(_node.LogFile, lines);

        Assert.That(_node.VerifyLog(out said), Is.EqualTo(1));
        Assert.That(said, Does.Contain(named));
        if (how == "foreign head")
        {
            // Start checks the newest signature, which vouches for all before it: so make it the newest.
            File.WriteAllLines(_node.LogFile, lines[..(line + 2)]);
        }

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("does not verify"));
    }

    [Test]
    public void VerifyLog_CutAtTheEnd_FoundByAKeptHead()
    {
        string[] lines = File.ReadAllLines(_node.LogFile);
        File.WriteAllLines(_node.LogFile, lines[..^4]);
        string headFile = Path.Combine(_node.Folder, "head.json");
        File.WriteAllText(headFile, JsonSerializer.Serialize(_kept, AuditJson.Default.TreeHead));

        Assert.That(_node.VerifyLog(out _), Is.Zero, "a cut log is a genuine shorter log");
        Assert.That(_node.VerifyLog(out string said, "--head", headFile), Is.EqualTo(1));
        Assert.That(said, Does.Contain($"record {_kept.TreeSize - 1} is missing"));
    }

    [Test]
    public void VerifyLog_KeptProofInTheLog_Verifies()
    {
        string proofFile = Path.Combine(_node.Folder, "proof.json");
        File.WriteAllText(proofFile, JsonSerializer.Serialize(_key.Audit!, AuditJson.Default.LogProof));

        Assert.That(_node.VerifyLog(out string said, "--head", proofFile), Is.Zero, said);
        Assert.That(said, Does.Contain("1 kept heads"));
    }

    [Test]
    public void VerifyLog_LastHeadCut_NamesTheRecord()
    {
        string[] lines = File.ReadAllLines(_node.LogFile);
        File.WriteAllLines(_node.LogFile, lines[..^1]);

        Assert.That(_node.VerifyLog(out string said), Is.EqualTo(1));
        Assert.That(said, Does.Contain($"record {_node.Records()[^1].Index}"));
    }

    [Test]
    public async Task Start_TornLineAndUncoveredRecord_CutAndSaid()
    {
        string[] lines = File.ReadAllLines(_node.LogFile);
        string behind = lines[^2] + "\n{\"v\":1,\"ind";
        File.WriteAllText(_node.LogFile, string.Join('\n', lines[..^2]) + "\n" + behind);

        await _node.StartAsync();

        AuditRecord start = _node.Records()[^1];
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(behind)));
        Assert.That(
            start.Reason,
            Does.Contain($"1 records and a torn line of 11 bytes, {behind.Length} bytes with SHA-256 {digest}"));
        Assert.That(File.ReadAllText(_node.LogFile), Does.Not.Contain(lines[^2]));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    /// <summary>Whoever can write the file while the node is down must not get the next head over what they invented.</summary>
    [TestCase("sign")]
    [TestCase("delete_key_pair")]
    public async Task Start_InventedRecordsBehindTheLastHead_CutAndNeverUnderAHead(string @event)
    {
        AuditRecord last = _node.Records()[^1];
        AuditRecord[] invented =
        [
            .. Enumerable.Range(1, 2).Select(i => last with
            {
                Index = last.Index + i, Event = @event, Actor = "ssa", KeyId = _key.KeyId, KeyVersion = _key.Version,
            }),
        ];
        byte[] bytes = [.. invented.SelectMany(r => (byte[])[.. LogFormat.WriteRecord(r), (byte)'\n'])];
        using (FileStream log = new(_node.LogFile, FileMode.Append))
        {
            log.Write(bytes);
        }

        await _node.StartAsync();

        AuditRecord start = _node.Records()[^1];
        Assert.That((start.Event, start.Index), Is.EqualTo(("start", last.Index + 1)));
        Assert.That(start.Reason, Does.Contain("2 records and").And.Contain(Convert.ToHexStringLower(SHA256.HashData(bytes))));
        SignaturesRequest request = NewRequest();
        Assert.That((await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
        await _node.RestartAsync();
        Assert.That(_node.Records()[^1].Reason, Does.Not.Contain("cut"));
    }

    [Test]
    public async Task Start_ClockBeforeTheLastRecord_RefusesAndLeavesTheFile()
    {
        string last = _node.Records()[^1].Time;
        File.AppendAllText(_node.LogFile, "{\"v\":1,\"ind");
        byte[] before = File.ReadAllBytes(_node.LogFile);
        _node.Clock.SetWall(TimeSpan.FromSeconds(-3));

        Assert.That(
            Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message,
            Does.Contain("clock").And.Contain(last));
        Assert.That(File.ReadAllBytes(_node.LogFile), Is.EqualTo(before));

        _node.Clock.SetWall(TimeSpan.FromSeconds(1));
        await _node.StartAsync();
    }

    [TestCase("edit")]
    [TestCase("edit an early line")]
    [TestCase("edit an early MAC")]
    [TestCase("remove")]
    [TestCase("swap")]
    [TestCase("cut")]
    [TestCase("empty")]
    public void Start_TamperedFloorList_Refuses(string how)
    {
        List<string> lines = [.. File.ReadAllLines(_node.FloorFile)];
        Assert.That(lines, Has.Count.EqualTo(2), "assigned, then certified");
        switch (how)
        {
            case "edit":
                lines[1] = lines[1].Replace($"{_key.KeyId} 3", $"{_key.KeyId} 2", StringComparison.Ordinal);
                break;
            case "edit an early line":
                lines[0] = lines[0].Replace($"{_key.KeyId} 2 0", $"{_key.KeyId} 2 1", StringComparison.Ordinal);
                break;
            case "edit an early MAC":
                lines[0] = lines[0][..^1] + (lines[0][^1] == '0' ? '1' : '0');
                break;
            case "remove":
                lines.RemoveAt(0);
                break;
            case "swap":
                lines.Reverse();
                break;
            case "cut":
                lines.RemoveAt(1);
                break;
            default:
                lines.Clear();
                break;
        }

        File.WriteAllText(_node.FloorFile, string.Concat(lines.Select(l => l + "\n")));

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("floor list"));
    }

    /// <summary>Without its files a node starts as if it were new; yet no assigned object of before is good for anything.</summary>
    [Test]
    public async Task Start_LogAndFloorListGone_NoObjectOfBeforeSigns()
    {
        await _node.StartAsync();
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair deleted = await TestKey.EnabledAsync(_node, TestKey.P256);
        await _node.Client.DeleteAsync(deleted, TestKey.Signer);
        KeyPair disabled = (await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).KeyPair;
        await _node.StopAsync();
        File.Delete(_node.LogFile);
        File.Delete(_node.AdministrationLogFile);
        File.Delete(_node.FloorFile);

        await _node.StartAsync();

        foreach (KeyPair pair in (KeyPair[])[assigned, deleted, disabled, _key])
        {
            SignaturesRequest request = NewRequest() with { KeyPair = pair };
            (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1)))
                .MustBe(HttpStatusCode.Forbidden, "key_outdated");
            (await _node.Client.ChangeStatusAsync(pair, TestKey.Signer, true, true, TestKey.Certificate(pair)))
                .MustBe(HttpStatusCode.Forbidden, "key_outdated");
        }

        (await _node.Client.ProvePossessionAsync(assigned, [], Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        Assert.That((await _node.Client.DeleteAsync(_key, TestKey.Signer)).Status, Is.EqualTo(HttpStatusCode.OK), "to be rid of it");
    }

    [Test]
    public async Task Start_FloorListTornInItsLastLine_CutsIt()
    {
        File.AppendAllText(_node.FloorFile, "2 aaaa");

        await _node.StartAsync();

        Assert.That(File.ReadAllLines(_node.FloorFile), Has.Length.EqualTo(2));
        Assert.That((await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).Status, Is.EqualTo(HttpStatusCode.OK));
        await _node.RestartAsync();
    }

    [Test]
    public void Start_OtherKeysInTheToken_Refuses()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_node.AuditKeyFile, other.ExportSubjectPublicKeyInfoPem());

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("sam-audit"));
    }

    private SignaturesRequest NewRequest() => new(
        [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], _key, new Signer(TestKey.Signer));

    private static string HeadOfAnotherKey(string line)
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TreeHead head = LogFormat.ReadHead(Encoding.UTF8.GetBytes(line));
        byte[] signature = other.SignData(
            TreeHead.SignedText(head.Node, head.TreeSize, head.Timestamp, head.RootHash),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence);
        return Encoding.UTF8.GetString(LogFormat.WriteHead(head with { Signature = signature }));
    }
}
