using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>What cannot be recorded is not done, and the log is whole afterwards.</summary>
public sealed class AuditFailureTests
{
    private TestNode _node = null!; // Set before each test runs.
    private KeyPair _key = null!;

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
    }

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [TestCase(true)]
    [TestCase(false)]
    public async Task Sign_LogCannotBeWritten_NoSignatureUntilItCan(bool full)
    {
        SignaturesRequest request = NewRequest();
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        (_node.LogFaults.Full, _node.LogFaults.ReadOnly) = (full, !full);

        Reply reply = await _node.Client.SignAsync(request, sad);

        reply.MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");
        Assert.That(reply.Body, Does.Not.Contain("signatures\""));
        Assert.That(reply.Problem.Audit, Is.Null);
        _node.LogFaults.Heal();
        (await _node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.Forbidden, "sad_used");
        await SignsAsync();
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
        await _node.RestartAsync();
        await SignsAsync();
    }

    [Test]
    public async Task Sign_FlushFails_NothingIsServedUntilAStartHasVerified()
    {
        SignaturesRequest request = NewRequest();
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        _node.LogFaults.FlushFails = true;

        (await _node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        _node.LogFaults.Heal();
        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "")).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");
        await RestartAfterFailureAsync();
        await SignsAsync();
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Sign_LogCannotBeCutBack_TornLineIsCutByTheNextStart()
    {
        SignaturesRequest request = NewRequest();
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        (_node.LogFaults.Full, _node.LogFaults.CutFails) = (true, true);

        (await _node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        _node.LogFaults.Heal();
        Assert.That(_node.VerifyLog(out _), Is.EqualTo(1), "the log is torn");
        await RestartAfterFailureAsync();
        Assert.That(_node.Records().Last(r => r.Event == "start").Reason, Does.Match("cut .* a torn line of [1-9][0-9]* bytes, [1-9][0-9]* bytes with SHA-256 [0-9a-f]{64}"));
        await SignsAsync();
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task ManyRequests_LogFailsNowAndThen_EverySignatureIsInTheLog()
    {
        string epoch = await _node.EpochAsync();
        List<Task<Reply>> replies = [];
        for (int i = 0; i < 60; i++)
        {
            _node.LogFaults.Full = i % 3 == 1;
            SignaturesRequest request = NewRequest();
            replies.Add(_node.Client.SignAsync(request, TestSad.For(_node, request, epoch).Sign(_node.As1)));
            if (i % 3 == 1)
            {
                await replies[^1];
            }
        }

        _node.LogFaults.Heal();
        int signed = (await Task.WhenAll(replies)).Count(r => r.Status == HttpStatusCode.OK);

        Assert.That(signed, Is.InRange(1, 59));
        Assert.That(_node.Records().Count(r => r is { Event: "sign", Outcome: "success" }), Is.EqualTo(signed));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task ChangeStatus_FloorListCannotBeWritten_KeyStaysAsItWas()
    {
        _node.FloorFaults.Full = true;
        (await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");

        _node.FloorFaults.Heal();
        await SignsAsync();
        Assert.That((await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).KeyPair.Version, Is.EqualTo(_key.Version + 1));
        await _node.RestartAsync();
        SignaturesRequest request = NewRequest();
        (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1)))
            .MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }

    [Test]
    public async Task ChangeStatus_AnswerLostWithTheLog_RepeatGivesTheObject()
    {
        _node.LogFaults.Full = true;
        (await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        _node.LogFaults.Heal();
        Assert.That((await _node.Client.ChangeStatusAsync(_key, TestKey.Signer, true, false)).KeyPair.Version, Is.EqualTo(_key.Version + 1));
    }

    [Test]
    public async Task NewEpoch_CannotBeRecorded_IsNotUsedBeforeItIs()
    {
        _node.LostLogins++;
        _node.LogFaults.Full = true;
        SignaturesRequest request = NewRequest();
        TestSad sad = TestSad.For(_node, request, new string('0', 32));
        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        _node.LogFaults.Heal();
        string epoch = await _node.EpochAsync();
        Assert.That(_node.AdministrationRecords().Single(r => r.Event == "new_epoch").Epoch, Is.EqualTo(epoch));
    }

    private SignaturesRequest NewRequest() => new(
        [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], _key, new Signer(TestKey.Signer));

    private async Task SignsAsync()
    {
        SignaturesRequest request = NewRequest();
        Assert.That(
            (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1))).Status,
            Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>The log is in doubt, so the stop cannot be recorded: it says so, as a crash would not.</summary>
    private async Task RestartAfterFailureAsync()
    {
        Assert.ThrowsAsync<Contracts.ProblemException>(_node.StopAsync);
        await _node.StartAsync();
    }
}
