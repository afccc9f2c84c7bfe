using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>What gives units back.</summary>
public abstract partial class AuthorizationContract
{
    [Test]
    public async Task Report_NotSent_GivesTheUnitsBackOnce()
    {
        byte[] hash = Digest();
        ActivationRequest request = await ApproveAsync(2, hash, Digest());
        Activation activation = await Ssa.ActivateAsync(request);
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("400 hash_not_authorized"));

        Assert.That(await NotSentAsync(activation), Is.EqualTo("204"));

        Assert.That(await NotSentAsync(activation), Is.EqualTo("409 conflict"));
        Assert.That(await Ssa.TryActivateAsync(With(request, hash, hash)), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));
    }

    [Test]
    public async Task Report_WithoutProof_GivesBackWhatWasApprovedAtMost()
    {
        ActivationRequest request = await ApproveAsync();
        Assert.That(await NotSentAsync(await Ssa.ActivateAsync(request)), Is.EqualTo("204"));
        Activation second = await Ssa.ActivateAsync(request);

        Assert.That(await NotSentAsync(second), Is.EqualTo("400 count_too_high"));
        Assert.That(await NotSentAsync(second), Is.EqualTo("400 count_too_high"));
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("400 sad_invalid"));
        Assert.That(await RefusedAsync(second, Proof(second)), Is.EqualTo("204"), "a refusal that excludes a signature");
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));
    }

    [TestCase(ProblemCodes.KeyDisabled, "204")]
    [TestCase(ProblemCodes.SadWrongSet, "204")]
    [TestCase(ProblemCodes.SadWrongNode, "204")]
    [TestCase(ProblemCodes.HsmBusy, "204")]
    [TestCase(ProblemCodes.SadExpired, "400 count_too_high")]
    [TestCase(ProblemCodes.SadWrongEpoch, "400 count_too_high")]
    [TestCase(ProblemCodes.DeviceUsed, "400 count_too_high")]
    [TestCase(ProblemCodes.HsmUnavailable, "400 count_too_high")]
    [TestCase(ProblemCodes.Internal, "400 count_too_high")]
    public async Task Report_Refusals_GiveBackAgainWhereTheyExcludeASignature(string outcome, string again)
    {
        ActivationRequest request = await ApproveAsync();
        Activation first = await Ssa.ActivateAsync(request);
        Assert.That(await RefusedAsync(first, Proof(first, r => r with { Outcome = outcome })), Is.EqualTo("204"));
        Activation second = await Ssa.ActivateAsync(request);

        Assert.That(await RefusedAsync(second, Proof(second, r => r with { Outcome = outcome })), Is.EqualTo(again));
    }

    [Test]
    public async Task Report_WithBadProof_GivesNothingBack()
    {
        ActivationRequest request = await ApproveAsync();
        Activation activation = await Ssa.ActivateAsync(request);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        LogProof good = Proof(activation);
        (string Name, LogProof? Proof)[] forged =
        [
            ("none", null),
            ("success", Proof(activation, r => r with { Outcome = "success" })),
            ("used before", Proof(activation, r => r with { Outcome = ProblemCodes.SadUsed })),
            ("other jti", Proof(activation, r => r with { Jti = "other" })),
            ("other issuer", Proof(activation, r => r with { AuthorizationServer = "other" })),
            ("other event", Proof(activation, r => r with { Event = AuditEvents.Status })),
            ("other node", Proof(activation, r => r with { Node = _subject.OtherNode })),
            ("other index", Proof(activation, r => r with { Index = 0 })),
            ("other key", Proof(activation, key: otherKey)),
            ("other record", good with { Record = good.Record.Replace(ProblemCodes.KeyDisabled, ProblemCodes.KeyExpired, StringComparison.Ordinal) }),
            ("other path", good with { Path = [new byte[32]] }),
        ];
        foreach ((string name, LogProof? proof) in forged)
        {
            Assert.That(await RefusedAsync(activation, proof), Is.EqualTo("400 integrity_error"), name);
        }

        Assert.That(await RefusedAsync(activation, good), Is.EqualTo("204"));
    }

    [Test]
    public async Task Report_UnknownOtherOrLate_IsRefused()
    {
        Activation activation = await Ssa.ActivateAsync(await ApproveAsync());

        Assert.That(await Ssa.TryReportAsync(new ActivationOutcome("unknown", ActivationOutcome.NotSent)), Is.EqualTo("404 not_found"));
        Assert.That(await Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, "success")), Is.EqualTo("400 malformed"));
        _subject.Clock.Advance(TimeSpan.FromSeconds(300));
        Assert.That(await NotSentAsync(activation), Is.EqualTo("400 sad_expired"));
    }

    [Test]
    public async Task Report_OfAnApproval_EndsIt()
    {
        ActivationRequest request = await ApproveForDeviceAsync(1);
        ActivationRequest approved = request with { Approval = (await Ssa.PrepareAsync(request)).Approval };
        Activation first = await Ssa.ActivateAsync(approved);
        Activation second = await Ssa.ActivateAsync(approved);

        Assert.That(await NotSentAsync(first), Is.EqualTo("204"));

        Assert.That(await NotSentAsync(second), Is.EqualTo("409 conflict"));
        Assert.That(await Ssa.TryActivateAsync(approved), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryPrepareAsync(request), Is.EqualTo("201"), "the unit came back");
        Assert.That(await Ssa.TryPrepareAsync(request), Is.EqualTo("400 sad_invalid"));
    }

    [TestCase(1, "204")]
    [TestCase(2, "400 count_too_high")]
    public async Task Report_RefusedApproval_IsProofWhereItsOnlySadWasRefused(int sads, string again)
    {
        ActivationRequest request = await ApproveForDeviceAsync(1);
        for (int round = 0; round < 2; round++)
        {
            ActivationRequest approved = request with { Approval = (await Ssa.PrepareAsync(request)).Approval };
            Activation activation = await Ssa.ActivateAsync(approved);
            for (int i = 1; i < sads; i++)
            {
                activation = await Ssa.ActivateAsync(approved);
            }

            Assert.That(await RefusedAsync(activation, Proof(activation)), Is.EqualTo(round == 0 ? "204" : again));
        }
    }

    private Task<string> NotSentAsync(Activation activation) =>
        Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.NotSent));

    private Task<string> RefusedAsync(Activation activation, LogProof? proof) =>
        Ssa.TryReportAsync(new ActivationOutcome(activation.Jti, ActivationOutcome.Refused, proof));

    /// <summary>What the SAM proves when it refuses: the second record of its log.</summary>
    private LogProof Proof(Activation activation, Func<AuditRecord, AuditRecord>? change = null, ECDsa? key = null)
    {
        var record = new AuditRecord
        {
            V = AuditRecord.CurrentVersion,
            Index = 1,
            Node = _subject.Node,
            Epoch = Epoch,
            Time = "2027-01-15T08:00:00.000Z",
            Event = AuditEvents.Sign,
            Outcome = ProblemCodes.KeyDisabled,
            AuthorizationServer = _subject.Issuer,
            Jti = activation.Jti,
        };
        string line = JsonSerializer.Serialize(change?.Invoke(record) ?? record, AuditJson.Default.AuditRecord);
        byte[] sibling = MerkleTree.LeafHash("first"u8);
        byte[] root = MerkleTree.NodeHash(sibling, MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line)));
        byte[] signature = (key ?? _subject.AuditKey).SignData(
            TreeHead.SignedText(_subject.Node, 2, 1, root), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new LogProof(line, 1, [sibling], new TreeHead(_subject.Node, 2, 1, root, signature));
    }
}
