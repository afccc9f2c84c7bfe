using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class OutcomeTests
{
    private TestServer _server = null!; // Set before each test.
    private TestSigner _signer = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignInAsync() => _signer = await TestSigner.CreateAsync(_server);

    [Test]
    public async Task Report_NotSent_GivesTheUnitsBackOnce()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 2);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request(ActivationCase.Entry(), ActivationCase.Entry()));
        Assert.That(await approved.TryAsync(1), Is.EqualTo("400 sad_invalid"));

        Assert.That(await NotSentAsync(activation), Is.EqualTo("204"));
        Assert.That(await NotSentAsync(activation), Is.EqualTo("409 conflict"));

        Assert.That(await approved.TryAsync(2), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(1), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Report_SameActivationAtOnce_GivesBackOnce()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 10);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => NotSentAsync(activation)));

        Assert.That(answers.Count(a => a == "204"), Is.EqualTo(1));
        Assert.That(answers.Count(a => a == "409 conflict"), Is.EqualTo(19));
        Assert.That(await approved.TryAsync(10), Is.EqualTo("201"));
    }

    [Test]
    public async Task Report_Scal2_GivesTheHashesBack()
    {
        byte[] a = RandomNumberGenerator.GetBytes(32);
        byte[] b = RandomNumberGenerator.GetBytes(32);
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 2, "2", r => r with { Hashes = [a, b] });
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request(ActivationCase.Entry(a)));
        Assert.That(await approved.TryAsync(a), Is.EqualTo("400 hash_not_authorized"));

        Assert.That(await NotSentAsync(activation), Is.EqualTo("204"));

        Assert.That(await approved.TryAsync(a, a), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await approved.TryAsync(a, b), Is.EqualTo("201"));
    }

    [Test]
    public async Task Report_MoreThanWasApproved_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Assert.That(await NotSentAsync(await _server.Ssa.ActivateAsync(approved.Request())), Is.EqualTo("204"));

        Activation second = await _server.Ssa.ActivateAsync(approved.Request());

        Assert.That(await NotSentAsync(second), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("400 sad_invalid"));
        Assert.That(await ReportAsync(second, Proof(second)), Is.EqualTo("204"), "a refusal that excludes a signature");
        Assert.That(await approved.TryAsync(), Is.EqualTo("201"));
    }

    [TestCase(ProblemCodes.KeyDisabled)]
    [TestCase(ProblemCodes.SadWrongSet)]
    [TestCase(ProblemCodes.AssuranceTooLow)]
    [TestCase(ProblemCodes.HsmBusy)]
    public async Task Report_ConclusiveRefusals_GiveBackAsOftenAsTheyCome(string outcome)
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 2);
        for (int i = 0; i < 4; i++)
        {
            Activation activation = await _server.Ssa.ActivateAsync(approved.Request(ActivationCase.Entry(), ActivationCase.Entry()));
            Assert.That(await ReportAsync(activation, Proof(activation, r => r with { Outcome = outcome })), Is.EqualTo("204"));
        }

        Activation notSent = await _server.Ssa.ActivateAsync(approved.Request(ActivationCase.Entry(), ActivationCase.Entry()));
        Assert.That(await NotSentAsync(notSent), Is.EqualTo("204"), "they use up nothing of what may be claimed without proof");
        Assert.That(await approved.TryAsync(3), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(2), Is.EqualTo("201"));
    }

    [TestCase(ProblemCodes.SadExpired)]
    [TestCase(ProblemCodes.SadWrongEpoch)]
    [TestCase(ProblemCodes.HsmUnavailable)]
    [TestCase(ProblemCodes.Internal)]
    public async Task Report_RefusalsThatDoNotExcludeAUse_GiveBackWhatWasApprovedAtMost(string outcome)
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation first = await _server.Ssa.ActivateAsync(approved.Request());
        Assert.That(await ReportAsync(first, Proof(first, r => r with { Outcome = outcome })), Is.EqualTo("204"));

        Activation second = await _server.Ssa.ActivateAsync(approved.Request());

        Assert.That(await ReportAsync(second, Proof(second, r => r with { Outcome = outcome })), Is.EqualTo("400 count_too_high"));
        Assert.That(await NotSentAsync(second), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Report_OfAnotherSsa_IsNotFound()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());

        Assert.That(
            await _server.OtherSsa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.NotSent)),
            Is.EqualTo("404 not_found"));
        Assert.That(
            await _server.Ssa.TryReportAsync(new ActivationOutcome("unknown", ActivationOutcome.NotSent)), Is.EqualTo("404 not_found"));
        Assert.That(
            await _server.Ssa.TryReportAsync(new ActivationOutcome("nul\0", ActivationOutcome.NotSent)), Is.EqualTo("404 not_found"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Report_AfterTheTransactionsEnd_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());

        _server.Clock.Advance(TimeSpan.FromSeconds(300));

        Assert.That(await NotSentAsync(activation), Is.EqualTo("400 sad_expired"));
    }

    [TestCase("success")]
    [TestCase("")]
    public async Task Report_OtherOutcome_IsMalformed(string outcome)
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());

        Assert.That(await _server.Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, outcome)), Is.EqualTo("400 malformed"));
    }

    [Test]
    public async Task Report_RefusalWithProof_GivesTheUnitsBack()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());

        Assert.That(await ReportAsync(activation, Proof(activation)), Is.EqualTo("204"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("201"));
    }

    [Test]
    public async Task Report_RefusalWithBadProof_GivesNothingBack()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());
        LogProof good = Proof(activation);
        (string Name, LogProof? Proof)[] forged =
        [
            ("none", null),
            ("success", Proof(activation, r => r with { Outcome = "success" })),
            ("used before", Proof(activation, r => r with { Outcome = ProblemCodes.SadUsed })),
            ("other jti", Proof(activation, r => r with { Jti = new string('0', 32) })),
            ("other issuer", Proof(activation, r => r with { AuthorizationServer = "as-other" })),
            ("no issuer", Proof(activation, r => r with { AuthorizationServer = null })),
            ("no jti", Proof(activation, r => r with { Jti = null })),
            ("other event", Proof(activation, r => r with { Event = AuditEvents.Status })),
            ("other node", Proof(activation, r => r with { Node = TestServer.OtherNode })),
            ("other index", Proof(activation, r => r with { Index = 0 })),
            ("other node's key", Proof(activation, key: _server.OtherAuditKey)),
            ("other node's head", good with { Head = Head(good.Head.RootHash, TestServer.OtherNode, _server.OtherAuditKey) }),
            ("edited record", good with { Record = good.Record.Replace("key_disabled", "key_expired", StringComparison.Ordinal) }),
            ("other path", good with { Path = [new byte[32]] }),
            ("no path", good with { Path = [] }),
            ("short path", good with { Path = [new byte[31]] }),
            ("shifted", good with { Index = 0 }),
            ("negative", good with { Index = -1 }),
            ("edited head", good with { Head = good.Head with { TreeSize = 3 } }),
            ("other root", good with { Head = good.Head with { RootHash = new byte[32] } }),
            ("no root", good with { Head = good.Head with { RootHash = [] } }),
            ("no signature", good with { Head = good.Head with { Signature = [] } }),
            ("odd signature", good with { Head = good.Head with { Signature = [0x30, 0x80, 1] } }),
            ("no record", Prove("not json")),
            ("null record", Prove("null")),
        ];
        foreach ((string name, LogProof? proof) in forged)
        {
            Assert.That(await ReportAsync(activation, proof), Is.EqualTo("400 integrity_error"), name);
        }

        Assert.That(await approved.TryAsync(), Is.EqualTo("400 sad_invalid"));
        Assert.That(await ReportAsync(activation, good), Is.EqualTo("204"));
    }

    private Task<string> NotSentAsync(Activation activation) =>
        _server.Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.NotSent));

    private Task<string> ReportAsync(Activation activation, LogProof? proof) =>
        _server.Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.Refused, proof));

    /// <summary>What the SAM would answer with when it refuses.</summary>
    private LogProof Proof(Activation activation, Func<AuditRecord, AuditRecord>? change = null, ECDsa? key = null)
    {
        var record = new AuditRecord
        {
            V = AuditRecord.CurrentVersion,
            Index = 1,
            Node = TestServer.Node,
            Epoch = ActivationCase.Epoch,
            Time = "2027-01-15T08:00:00.000Z",
            Event = AuditEvents.Sign,
            Outcome = ProblemCodes.KeyDisabled,
            AuthorizationServer = TestServer.Issuer,
            Jti = activation.Jti,
        };
        return Prove(JsonSerializer.Serialize(change?.Invoke(record) ?? record, AuditJson.Default.AuditRecord), key);
    }

    /// <summary>A log of two records with this one as the second.</summary>
    private LogProof Prove(string record, ECDsa? key = null)
    {
        byte[] sibling = MerkleTree.LeafHash("first"u8);
        byte[] root = MerkleTree.NodeHash(sibling, MerkleTree.LeafHash(Encoding.UTF8.GetBytes(record)));
        return new LogProof(record, 1, [sibling], Head(root, TestServer.Node, key ?? _server.AuditKey));
    }

    private static TreeHead Head(byte[] root, string node, ECDsa key) => new(
        node,
        2,
        1,
        root,
        key.SignData(TreeHead.SignedText(node, 2, 1, root), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
}
