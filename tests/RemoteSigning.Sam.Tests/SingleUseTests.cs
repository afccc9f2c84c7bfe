using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>A SAD makes one request sign, whatever happens around it.</summary>
public sealed class SingleUseTests
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

    [Test]
    public async Task Sign_HundredParallelUsesOverSeparateConnections_OneSignatureAndOneRecord()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        string compact = sad.Sign(_node.As1);
        SamClient[] clients = [.. Enumerable.Range(0, 100).Select(_ => _node.Connect(_node.Ssa))];

        Reply[] replies = await Task.WhenAll(clients.Select(c => c.SignAsync(request, compact)));

        Array.ForEach(clients, c => c.Dispose());
        Reply success = replies.Single(r => r.Status == HttpStatusCode.OK);
        Assert.That(TestKey.Verifies(_key, Oids.EcdsaWithSha256, [], request.Requests[0].Dtbs, success.Signatures.Values[0]), Is.True);
        Assert.That(replies.Where(r => r != success).Select(r => r.Problem.Code), Is.All.EqualTo("sad_used"));
        Assert.That(_node.Records().Count(r => r.Jti == sad.Claims.Jti && r.Outcome == "success"), Is.EqualTo(1));
        Assert.That(_node.Records().Count(r => r.Jti == sad.Claims.Jti && r.Outcome == "sad_used"), Is.EqualTo(99));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Sign_UsedSadAfterARestart_Refused()
    {
        SignaturesRequest request = NewRequest();
        string used = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        string unused = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(request, used)).Status, Is.EqualTo(HttpStatusCode.OK));

        await _node.RestartAsync();

        (await _node.Client.SignAsync(request, used)).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");
        (await _node.Client.SignAsync(request, unused)).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");
        string anew = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(request, anew)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_AfterALostHsmLogin_NewEpochIsRecordedAndOldSadsAreDead()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        _node.LostLogins++;

        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");

        Assert.That(await _node.EpochAsync(), Is.Not.EqualTo(sad.Claims.Epoch));
        Assert.That(_node.AdministrationRecords().Single(r => r.Event == "new_epoch").Reason, Does.Contain("login"));
        string anew = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(request, anew)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(-3600)]
    [TestCase(3)]
    public async Task Sign_AfterTheClockWasSet_NewEpoch(int seconds)
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        _node.Clock.SetWall(TimeSpan.FromSeconds(seconds));

        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");

        Assert.That(_node.AdministrationRecords().Single(r => r.Event == "new_epoch").Reason, Does.Contain("clock"));
    }

    /// <summary>Requests come in all the time, each with a record; a SAD that waited for its user, a queue or a slow network is good all the same.</summary>
    [Test]
    public async Task Sign_SadOlderThanManyRecordsOfItsEpoch_Signs()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        for (int i = 0; i < 5; i++)
        {
            _node.Clock.Advance(TimeSpan.FromSeconds(10));
            await _node.EpochAsync();
        }

        Assert.That((await _node.Client.SignAsync(request, sad.Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_SadDatedBeforeTheLastRecordBeforeTheStart_Refused()
    {
        await _node.StopAsync();
        _node.Clock.Advance(TimeSpan.FromSeconds(1));
        await _node.StartAsync();
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        long now = _node.Clock.GetUtcNow().ToUnixTimeSeconds();

        (await _node.Client.SignAsync(request, (sad with { Claims = sad.Claims with { Iat = now - 5, Exp = now + 50 } }).Sign(_node.As1)))
            .MustBe(HttpStatusCode.Forbidden, "sad_expired");
        Assert.That(_node.Records()[^1].Reason, Does.Contain("before this epoch"));
        TestSad justBefore = await TestSad.ForAsync(_node, request);
        Assert.That(
            (await _node.Client.SignAsync(request, (justBefore with { Claims = justBefore.Claims with { Iat = now - 2, Exp = now + 50 } }).Sign(_node.As1))).Status,
            Is.EqualTo(HttpStatusCode.OK),
            "the clock of its authorization server may be 2 s behind");
    }

    /// <summary>The clock says what it said when the SAD was good.</summary>
    [Test]
    public async Task Sign_ExpiredAndTheClockSetBack_NothingIsAcceptedUntilTheClockIsWhereItWas()
    {
        SignaturesRequest request = NewRequest();
        TestSad expired = await TestSad.ForAsync(_node, request);
        _node.Clock.Advance(TimeSpan.FromSeconds(100));
        await _node.EpochAsync();
        (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request) with { Claims = expired.Claims }).Sign(_node.As1)))
            .MustBe(HttpStatusCode.Forbidden, "sad_expired");

        _node.Clock.SetWall(TimeSpan.FromSeconds(-100));

        TestSad anew = await TestSad.ForAsync(_node, request);
        (await _node.Client.SignAsync(request, expired.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_wrong_epoch");
        (await _node.Client.SignAsync(request, anew.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_expired");
        _node.Clock.Advance(TimeSpan.FromSeconds(50));
        (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_expired");
        _node.LostLogins++;
        (await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_expired");
        _node.Clock.Advance(TimeSpan.FromSeconds(50));

        Assert.That((await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_ClockSlewedLittle_SameEpoch()
    {
        string before = await _node.EpochAsync();
        _node.Clock.SetWall(TimeSpan.FromSeconds(1.5));

        Assert.That(await _node.EpochAsync(), Is.EqualTo(before));
    }

    /// <summary>The change becomes valid after the last check before the HSM, and before the signature leaves.</summary>
    [Test]
    public async Task Sign_KeyDisabledWhileTheHsmSigns_NoSignatureAndTheSadIsUsed()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = await TestSad.ForAsync(_node, request);
        using HeldContent disable = new(JsonSerializer.SerializeToUtf8Bytes(
            new ChangeStatusRequest(_key, new Signer(TestKey.Signer), new KeyPairStatus(true, false)), SamJson.Default.ChangeStatusRequest));
        using var arrived = new ManualResetEventSlim();
        _node.BeforeLoginIsAsked = arrived.Set;
        Task<Reply> change = _node.Client.SendAsync(HttpMethod.Put, "/sam/v1/key_pairs/$body", disable);
        Assert.That(arrived.Wait(TimeSpan.FromSeconds(20)), Is.True, "the change waits for its body");
        long before = _node.FloorEntries;
        _node.BeforeLoginIsAsked = () =>
        {
            if (Thread.CurrentThread.Name?.StartsWith("hsm", StringComparison.Ordinal) == true)
            {
                disable.Release();
                SpinWait.SpinUntil(() => _node.FloorEntries > before, TimeSpan.FromSeconds(20));
            }
        };

        Reply reply = await _node.Client.SignAsync(request, sad.Sign(_node.As1));

        reply.MustBe(HttpStatusCode.Forbidden, "key_outdated");
        Assert.That((await change).Status, Is.EqualTo(HttpStatusCode.OK));
        _node.BeforeLoginIsAsked = null;
        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_used");
        Assert.That(_node.Records().Where(r => r.Jti == sad.Claims.Jti).Select(r => r.Outcome), Is.EqualTo((string[])["key_outdated", "sad_used"]));
    }

    private SignaturesRequest NewRequest() => new(
        [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], _key, new Signer(TestKey.Signer));
}
