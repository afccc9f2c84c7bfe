using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Cluster;

namespace RemoteSigning.Sam.Tests;

/// <summary>Nodes that witness one another's logs: what fits is counter-signed, what does not is noticed, and nobody waits for either.</summary>
public sealed class PeerHeadsTests
{
    private TestCluster _cluster = null!; // Set before each test runs.

    private TestNode One => _cluster[0];

    private TestNode Two => _cluster[1];

    private string HeadsFile => Path.Combine(One.Data, "heads.log");

    [SetUp]
    public async Task Start() => _cluster = await TestCluster.ServeAsync(2);

    [TearDown]
    public async Task Stop() => await _cluster.DisposeAsync();

    [Test]
    public async Task Heartbeat_NewHeads_AreCounterSignedAndVerifyLogTakesThem()
    {
        string early = File.ReadAllText(One.LogFile);
        await One.EpochAsync();
        await One.BeatAsync();
        await One.BeatAsync();

        string[] witness = ["--counter-signatures", HeadsFile, "--witness", $"sam-2={Two.AuditKeyFile}"];
        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(3), "both logs at first, then what was new");
        Assert.That(One.VerifyLog(out string said, witness), Is.Zero, said);
        Assert.That(said, Does.Contain("2 kept heads"));
        Assert.That(One.VerifyLog([One.AdministrationLogFile], out said, witness), Is.Zero, said);
        string cut = Path.Combine(One.Folder, "cut.log");
        File.WriteAllText(cut, early);
        Assert.That(One.VerifyLog([cut], out said, witness), Is.EqualTo(1));
        Assert.That(said, Does.Contain("counter-signed by sam-2"));
        Assert.That(await RefusedByTwoAsync(), Is.Null);
    }

    [Test]
    public async Task Heartbeat_AfterRestartsOfBoth_GoesOn()
    {
        await One.RestartAsync();
        await Two.RestartAsync();
        await _cluster.BeatAsync();

        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(4));
        Assert.That(await RefusedByTwoAsync(), Is.Null);
    }

    [Test]
    public async Task Heartbeat_LogWasCutBack_IsNoticedUntilTheGenuineOneIsBack()
    {
        (byte[] Service, byte[] Administration) old = ReadLogs();
        await One.RestartAsync();
        await One.BeatAsync();
        await One.StopAsync();
        (byte[] Service, byte[] Administration) genuine = ReadLogs();
        WriteLogs(old);
        await One.StartAsync();
        await One.BeatAsync();
        await One.BeatAsync();

        Assert.That(await RefusedByTwoAsync(), Is.EqualTo((string[])["admin.log", "service.log"]));
        Assert.That((await One.Client.GetStatusAsync()).Unavailable, Is.Null, "nothing waits for a witness");
        AuditRecord[] records = [.. Two.AdministrationRecords().Where(r => r.Event == "peer_head")];
        Assert.That(records.Select(r => (r.Actor, r.Outcome)), Is.EqualTo(((string?, string)[])[("sam-1", "head_unknown"), ("sam-1", "head_unknown")]));
        Assert.That(records[0].Reason, Does.Contain("service.log of sam-1"));

        await GrowAsync(5);
        await Two.RestartAsync();
        await One.BeatAsync();
        Assert.That(await RefusedByTwoAsync(), Has.Member("service.log"), "a longer history is another one still");

        await One.StopAsync();
        WriteLogs(genuine);
        await One.StartAsync();
        await One.BeatAsync();
        Assert.That(await RefusedByTwoAsync(), Is.Null);
    }

    [Test]
    public async Task Heartbeat_HeadsOfAnotherKey_AreNeitherCounterSignedNorKept()
    {
        await Two.StopAsync();
        using ECDsa stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SetAuditKey(Two, stranger.ExportSubjectPublicKeyInfoPem());
        int before = File.ReadAllLines(HeadsFile).Length;
        int kept = File.ReadAllLines(Path.Combine(Two.Data, "heads.log")).Length;
        await Two.StartAsync();
        await GrowAsync(1);
        await _cluster.BeatAsync();

        Assert.That(await RefusedByTwoAsync(), Is.EqualTo((string[])["service.log"]), "admin.log has nothing new to offer");
        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(before));
        Assert.That(File.ReadAllLines(Path.Combine(Two.Data, "heads.log")), Has.Length.EqualTo(kept), "a counter-signature of another key");
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Is.Null);
    }

    [Test]
    public async Task Heartbeat_AuditKeyNotConfigured_NothingIsExchangedNorRefused()
    {
        await Two.StopAsync();
        SetAuditKey(Two, null);
        int before = File.ReadAllLines(HeadsFile).Length;
        await Two.StartAsync();
        await GrowAsync(1);
        await _cluster.BeatAsync();

        Assert.That(await RefusedByTwoAsync(), Is.Null);
        Assert.That(Two.AdministrationRecords().Any(r => r.Event == "peer_head"), Is.False);
        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(before));
    }

    [Test]
    public async Task Heartbeat_CounterSignatureCannotBeKept_NodeServesAndGetsItLater()
    {
        await GrowAsync(1);
        int before = File.ReadAllLines(HeadsFile).Length;
        One.Clock.Advance(TimeSpan.FromSeconds(50));
        One.LogFaults.ReadOnly = true;
        await One.BeatAsync();
        One.LogFaults.Heal();
        One.Clock.Advance(TimeSpan.FromSeconds(50));

        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(before));
        Assert.That((await One.Client.GetStatusAsync()).Unavailable, Is.Null);
        await One.BeatAsync();
        Assert.That(File.ReadAllLines(HeadsFile), Has.Length.EqualTo(before + 1));
    }

    [TestCase("sam-1", null, true)]
    [TestCase("sam-2", null, false)]
    [TestCase("sam-1", "admin", false)]
    [TestCase("sam-1", "other", false)]
    public void Witness_HeadOfAnotherNodeOrLog_Refused(string node, string? log, bool isSigned)
    {
        using var lone = new LoneWitness(One.Folder, One.Clock);
        byte[] root = RandomNumberGenerator.GetBytes(32);
        PeerHeads heads = lone.Heads;
        var offer = new HeadOffer(new TreeHead(node, 1, 2, root, lone.Sign(TreeHead.SignedText(node, 1, 2, root))) { Log = log }, []);

        if (isSigned)
        {
            Assert.That(heads.Witness("sam-1", offer)!.Head, Is.EqualTo(offer.Head));
        }
        else
        {
            Assert.That(Assert.Throws<ProblemException>(() => heads.Witness("sam-1", offer))!.Code, Is.EqualTo("head_unknown"));
        }
    }

    /// <summary>The first offer was answered, but too late for whoever made it: its next one starts from where the first one did.</summary>
    [TestCase(2, 3)]
    [TestCase(3, 2)]
    public void Witness_OffersThatOvertookOneAnother_NoAlarmAndTheNextOneFits(int first, int second)
    {
        using var lone = new LoneWitness(One.Folder, One.Clock);
        TreeHead known = lone.Heads.Witness("sam-1", lone.Offer(1, null))!.Head;
        lone.Heads.Witness("sam-1", lone.Offer(first, known));

        Assert.That(Assert.Throws<ProblemException>(() => lone.Heads.Witness("sam-1", lone.Offer(second, known)))!.Code, Is.EqualTo("conflict"));

        Assert.That(lone.Heads.RefusedOf("sam-1"), Is.Empty);
        TreeHead newest = lone.Heads.WitnessedOf("sam-1").Single();
        Assert.That(newest.TreeSize, Is.EqualTo(first));
        Assert.That(lone.Heads.Witness("sam-1", lone.Offer(4, newest)), Is.Not.Null);
    }

    /// <summary>Whoever rewrote a log finds no head to start from that would keep the alarm off.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Witness_RewrittenLog_AlarmWhateverItClaimsToStartFrom(bool isClaimed)
    {
        using var lone = new LoneWitness(One.Folder, One.Clock);
        TreeHead known = lone.Heads.Witness("sam-1", lone.Offer(2, null))!.Head;
        using var other = new LoneWitness(Directory.CreateDirectory(Path.Combine(One.Folder, "other")).FullName, One.Clock, lone.Key);
        HeadOffer offer = other.Offer(3, null) with { From = isClaimed ? known.Name : "2.unheardof" };

        Assert.That(Assert.Throws<ProblemException>(() => lone.Heads.Witness("sam-1", offer))!.Code, Is.EqualTo("head_unknown"));

        Assert.That(lone.Heads.RefusedOf("sam-1"), Is.EqualTo((string[])["service.log"]));
    }

    [Test]
    public async Task Heartbeat_PeerThatOffersNothing_IsNoticedUntilItDoes()
    {
        await One.StopAsync();
        SetAuditKey(One, null);
        await One.StartAsync();
        await _cluster.BeatAsync();
        Assert.That(await SilentAsync(), Is.Null, "not at once");
        Two.Clock.Advance(TimeSpan.FromSeconds(61));
        await _cluster.BeatAsync();

        Assert.That(await SilentAsync(), Is.EqualTo(61));
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Is.Null, "nothing waits for it");

        await One.StopAsync();
        One.SetPeers(_cluster.Nodes);
        await One.StartAsync();
        await _cluster.BeatAsync();
        Assert.That(await SilentAsync(), Is.Null);

        async Task<long?> SilentAsync() => (await Two.Client.GetStatusAsync()).Peers!.Single().SilentHeadsSeconds;
    }

    [TestCase(1, 32, 70, 64, 32, true)]
    [TestCase(0, 32, 70, 0, 32, false)]
    [TestCase(1, 31, 70, 0, 32, false)]
    [TestCase(1, 32, 81, 0, 32, false)]
    [TestCase(1, 32, 70, 65, 32, false)]
    [TestCase(1, 32, 70, 1, 33, false)]
    public void Offer_TooMuchOrTooLittle_IsNotComplete(long size, int root, int signature, int proof, int hash, bool isComplete)
    {
        var head = new TreeHead("sam-1", size, 0, new byte[root], new byte[signature]);

        Assert.That(new HeadOffer(head, [.. Enumerable.Repeat(new byte[hash], proof)]).IsComplete, Is.EqualTo(isComplete));
        Assert.That(new HeadOffer(head, [null!]).IsComplete, Is.False); // As JSON may bring it.
        Assert.That(new HeadOffer(null!, []).IsComplete, Is.False);
    }

    /// <summary>A witness by itself, and the service log of a node sam-1 that it is to witness.</summary>
    private sealed class LoneWitness : IDisposable
    {
        private readonly LogTree _tree = new();
        private readonly HeadWitness _witness;
        private readonly HeadFile _kept;

        public LoneWitness(string folder, TimeProvider clock, ECDsa? key = null)
        {
            Key = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
            _witness = new HeadWitness("sam-3", Path.Combine(folder, "w"), p => new AppendFile(p), Sign, clock);
            _kept = PeerHeads.OpenKept(Path.Combine(folder, "h"), p => new AppendFile(p));
            Dictionary<string, EcdsaVerifier> keys = new() { ["sam-1"] = EcdsaVerifier.FromPem(Key.ExportSubjectPublicKeyInfoPem()) };
            Heads = new PeerHeads(new AuditLogs(null!, null!), _witness, keys, _kept, clock, NullLogger<PeerHeads>.Instance); // Only offering needs logs.
            for (int i = 0; i < 4; i++)
            {
                _tree.Append(RandomNumberGenerator.GetBytes(32));
            }
        }

        public ECDsa Key { get; }

        public PeerHeads Heads { get; }

        public byte[] Sign(byte[] text) => Key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        public HeadOffer Offer(int size, TreeHead? from)
        {
            byte[] root = _tree.Root(size);
            var head = new TreeHead("sam-1", size, 2, root, Sign(TreeHead.SignedText("sam-1", size, 2, root)));
            long known = from?.TreeSize ?? size;
            return new HeadOffer(head, known > 0 && known < size ? _tree.Consistency(known, size) : [], from?.Name);
        }

        public void Dispose()
        {
            _witness.Dispose();
            _kept.Dispose();
            _tree.Dispose();
        }
    }

    private async Task<IReadOnlyList<string>?> RefusedByTwoAsync() => (await Two.Client.GetStatusAsync()).Peers!.Single().RefusedHeads;

    private async Task GrowAsync(int records)
    {
        for (int i = 0; i < records; i++)
        {
            await One.EpochAsync();
        }
    }

    private (byte[] Service, byte[] Administration) ReadLogs() =>
        (File.ReadAllBytes(One.LogFile), File.ReadAllBytes(One.AdministrationLogFile));

    private void WriteLogs((byte[] Service, byte[] Administration) logs)
    {
        File.WriteAllBytes(One.LogFile, logs.Service);
        File.WriteAllBytes(One.AdministrationLogFile, logs.Administration);
    }

    /// <summary>Which key a node takes for that of its peers.</summary>
    private static void SetAuditKey(TestNode node, string? pem)
    {
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(node.StaticFile))!;
        foreach (JsonNode? peer in configuration["peers"]!.AsArray())
        {
            peer!["audit_key"] = pem;
        }

        File.WriteAllText(node.StaticFile, configuration.ToJsonString());
    }
}
