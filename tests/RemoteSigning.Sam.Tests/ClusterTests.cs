using System.Net;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;

namespace RemoteSigning.Sam.Tests;

/// <summary>Nodes that share keys: a change holds on all of them before it is answered, and whoever cannot know stops.</summary>
public sealed class ClusterTests
{
    private TestCluster _cluster = null!; // Set before each test runs.

    private TestNode One => _cluster[0];

    private TestNode Two => _cluster[1];

    [SetUp]
    public async Task Start() => _cluster = await TestCluster.ServeAsync(2);

    [TearDown]
    public async Task Stop() => await _cluster.DisposeAsync();

    [Test]
    public async Task Change_OnOneNode_HoldsOnTheOtherWhenItIsAnswered()
    {
        KeyPair assigned = await TestKey.AssignedAsync(One, TestKey.P256);
        KeyPair enabled = (await Two.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;

        Assert.That((await SignAsync(One, enabled)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await SignAsync(Two, enabled)).Status, Is.EqualTo(HttpStatusCode.OK));
        KeyPair disabled = (await One.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;

        (await SignAsync(Two, enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        (await SignAsync(Two, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");
        Assert.That((await Two.Client.DeleteAsync(enabled, TestKey.Signer)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await SignAsync(One, disabled)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        Assert.That(Two.AdministrationRecords().Where(r => r.Event == "peer_store").Select(r => (r.Actor, r.KeyId, r.Outcome)), Is.EqualTo(
            ((string?, string?, string)[])[("sam-1", enabled.KeyId, "success"), ("sam-1", enabled.KeyId, "success")]));
        foreach (TestNode node in _cluster.Nodes)
        {
            Assert.That(node.VerifyLog(out string said), Is.Zero, said);
        }
    }

    [Test]
    public async Task Start_BeforeThePeerIsHeard_ServesNothing()
    {
        KeyPair key = await TestKey.EnabledAsync(One, TestKey.P256);
        await Two.RestartAsync();

        (await SignAsync(Two, key)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Does.Contain("sam-1"));
        await Two.BeatAsync();

        Assert.That((await SignAsync(Two, key)).Status, Is.EqualTo(HttpStatusCode.OK));
        SamStatus status = await Two.Client.GetStatusAsync();
        Assert.That(status.Unavailable, Is.Null);
        Assert.That(status.Peers!.Single(), Is.EqualTo(new SamPeer("sam-1", "in_service", 0, await One.EpochAsync(), 7, true, true, Generation: 1, Turn: 0)));
    }

    [Test]
    public async Task Start_WithoutItsFiles_HasTheWholeListAfterTheFirstHeartbeat()
    {
        KeyPair enabled = await TestKey.EnabledAsync(One, TestKey.P256);
        KeyPair disabled = (await One.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;
        await Two.StopAsync();
        File.Delete(Two.FloorFile);
        File.Delete(Two.LogFile);
        File.Delete(Two.AdministrationLogFile);
        await Two.StartAsync();

        (await SignAsync(Two, enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated"); // A list that lacks an entry refuses too.
        await Two.BeatAsync();

        (await SignAsync(Two, enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        (await SignAsync(Two, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");
        KeyPair again = (await Two.Client.ChangeStatusAsync(disabled, TestKey.Signer, true, true)).KeyPair;
        Assert.That((await SignAsync(One, again)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Change_PeerAway_IsNotAnsweredAndCanBeRepeatedAnywhere()
    {
        KeyPair generated = (await Two.Client.GenerateAsync(TestKey.P256)).KeyPair;
        KeyPair enabled = await TestKey.EnabledAsync(Two, TestKey.P256);
        KeyPair ending = await TestKey.EnabledAsync(Two, TestKey.P256);
        await Two.StopAsync();

        (await One.Client.AssignAsync(generated, TestKey.Signer)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        (await One.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        (await One.Client.DeleteAsync(ending, TestKey.Signer)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        await Two.StartAsync();
        await _cluster.BeatAsync();

        KeyPair assigned = (await Two.Client.AssignAsync(generated, TestKey.Signer)).KeyPair;
        Assert.That(assigned.Version, Is.EqualTo(2));
        KeyPair disabled = (await Two.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;
        Assert.That(disabled.Version, Is.EqualTo(enabled.Version + 1));
        (await One.Client.DeleteAsync(ending, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await SignAsync(Two, ending)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await SignAsync(One, enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }

    /// <summary>The entry is on the peer, which comes first, and not here.</summary>
    [Test]
    public async Task Change_OwnListCannotBeWritten_IsNotAnsweredAndTheSameCanBeRepeated()
    {
        KeyPair enabled = await TestKey.EnabledAsync(Two, TestKey.P256);
        Two.FloorFaults.ReadOnly = true;

        (await Two.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Two.FloorFaults.Heal();
        (await One.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, true)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        KeyPair disabled = (await Two.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;

        (await SignAsync(Two, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");
        (await SignAsync(One, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");
    }

    [Test]
    public async Task Change_TwoNodesAtOnce_OneIsAnswered()
    {
        for (int round = 0; round < 10; round++)
        {
            KeyPair assigned = await TestKey.AssignedAsync(One, TestKey.P256);
            byte[] certificate = TestKey.Certificate(assigned);

            Reply[] replies = await Task.WhenAll(
                One.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, certificate),
                Two.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, false, certificate));

            Reply won = replies.Single(r => r.Status == HttpStatusCode.OK);
            replies.Single(r => r != won).MustBe(HttpStatusCode.Forbidden, "key_outdated");
            bool isEnabled = won == replies[0];
            foreach (TestNode node in _cluster.Nodes)
            {
                Reply signed = await SignAsync(node, won.KeyPair);
                Assert.That(signed.Status == HttpStatusCode.OK, Is.EqualTo(isEnabled), signed.Body);
            }
        }

        await _cluster.BeatAsync();
        Assert.That((await One.Client.GetStatusAsync()).Peers!.Single().SameFloors, Is.True);
    }

    [Test]
    public async Task Sign_PeerSilentForAMinute_StopsUntilItIsBack()
    {
        KeyPair key = await TestKey.EnabledAsync(One, TestKey.P256);
        await Two.StopAsync();
        One.Clock.Advance(TimeSpan.FromSeconds(60));

        await One.BeatAsync();
        Assert.That((await SignAsync(One, key)).Status, Is.EqualTo(HttpStatusCode.OK));
        One.Clock.Advance(TimeSpan.FromSeconds(1));
        (await SignAsync(One, key)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.That((await One.Client.GetStatusAsync()).Unavailable, Does.Contain("sam-2 was not heard for 61 s"));

        await Two.StartAsync();
        await One.BeatAsync();
        Assert.That((await SignAsync(One, key)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>The peer goes silent after the last check before the HSM.</summary>
    [Test]
    public async Task Sign_PeerTooLongSilentWhenTheHsmHasSigned_NoSignature()
    {
        KeyPair key = await TestKey.EnabledAsync(One, TestKey.P256);
        await Two.StopAsync();
        One.Clock.Advance(TimeSpan.FromSeconds(59));
        SignaturesRequest request = NewRequest(key);
        TestSad sad = await TestSad.ForAsync(One, request);
        int asked = 0;
        One.BeforeLoginIsAsked = () => One.Clock.Advance(
            Thread.CurrentThread.Name?.StartsWith("hsm", StringComparison.Ordinal) == true && asked++ == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.Zero);

        (await One.Client.SignAsync(request, sad.Sign(One.As1))).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");

        Assert.That(asked, Is.EqualTo(1), "the time passed in the last check before the HSM");
    }

    [Test]
    public async Task Retire_SilentPeer_TheOtherGoesOnAndTheRetiredOneStaysOutUntilReinstated()
    {
        using SamClient operators = One.Connect(One.Operator);
        KeyPair key = await TestKey.EnabledAsync(One, TestKey.P256);
        await Two.StopAsync();
        One.Clock.Advance(TimeSpan.FromSeconds(61));
        (await operators.SetStandingAsync("reinstate", "sam-3")).MustBe(HttpStatusCode.NotFound, "not_found");
        (await One.Client.SetStandingAsync("retire", "sam-2")).MustBe(HttpStatusCode.Forbidden, "role_forbidden");

        Assert.That((await operators.SetStandingAsync("retire", "sam-2")).As(SamJson.Default.PeerStanding).Standing, Is.EqualTo("retired"));
        Assert.That((await SignAsync(One, key)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await One.Client.ChangeStatusAsync(key, TestKey.Signer, true, false)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        One.Clock.Advance(TimeSpan.FromSeconds(2));
        KeyPair disabled = (await One.Client.ChangeStatusAsync(key, TestKey.Signer, true, false)).KeyPair;

        await Two.StartAsync();
        (await SignAsync(Two, key)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        (await operators.SetStandingAsync("reinstate", "sam-2")).MustBe(HttpStatusCode.Conflict, "conflict");
        await Two.BeatAsync();
        (await SignAsync(Two, key)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Does.Contain("retired"));
        (await Two.Client.ChangeStatusAsync(disabled, TestKey.Signer, true, true)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        await Two.RestartAsync();
        await Two.BeatAsync();
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Does.Contain("retired"));

        Assert.That((await operators.SetStandingAsync("reinstate", "sam-2")).As(SamJson.Default.PeerStanding).Standing, Is.EqualTo("in_service"));
        Assert.That((await Two.Client.GetStatusAsync()).Unavailable, Is.Not.Null, "it has to compare its list once more");
        await Two.BeatAsync();
        KeyPair enabled = (await Two.Client.ChangeStatusAsync(disabled, TestKey.Signer, true, true)).KeyPair;
        Assert.That((await SignAsync(Two, enabled)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await SignAsync(One, enabled)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            One.AdministrationRecords().Where(r => r is { Event: "retire_peer" or "reinstate_peer", Actor: "operator" }).Select(r => (r.Actor, r.Event, r.Outcome)),
            Is.EqualTo(((string?, string, string)[])[
                ("operator", "reinstate_peer", "not_found"), ("operator", "retire_peer", "success"),
                ("operator", "reinstate_peer", "conflict"), ("operator", "reinstate_peer", "success")]));
    }

    /// <summary>The peer is alive and may sign for a minute without hearing of it, so changes wait as long.</summary>
    [Test]
    public async Task Retire_PeerThatLives_ItStopsWithTheNextHeartbeat()
    {
        using SamClient operators = One.Connect(One.Operator);
        KeyPair key = await TestKey.EnabledAsync(One, TestKey.P256);

        await operators.SetStandingAsync("retire", "sam-2");
        Assert.That((await SignAsync(Two, key)).Status, Is.EqualTo(HttpStatusCode.OK));
        await Two.BeatAsync();

        (await SignAsync(Two, key)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.That((await SignAsync(One, key)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Status_OtherConfiguration_IsShown()
    {
        await Two.StopAsync();
        string file = Path.Combine(Two.Folder, "static_config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("substantial", "high", StringComparison.Ordinal));
        await Two.StartAsync();
        await One.BeatAsync();

        Assert.That((await One.Client.GetStatusAsync()).Peers!.Single().SameConfiguration, Is.False);
        Assert.That((await One.Client.GetStatusAsync()).ConfigurationHash, Is.Not.EqualTo((await Two.Client.GetStatusAsync()).ConfigurationHash));
    }

    [TestCase(PeerFunctions.Heartbeat)]
    [TestCase(PeerFunctions.Store)]
    [TestCase(PeerFunctions.Read)]
    [TestCase(PeerFunctions.Witness)]
    public async Task PeerFunction_ThiefOfATlsKey_Refused(string function)
    {
        using SamClient thief = One.Connect(Two.Server);
        using var foreignKey = new HMACSHA256(RandomNumberGenerator.GetBytes(32));
        var seal = new PeerSeal("sam-2", foreignKey.ComputeHash);
        string line = $"{new string('0', 32)} deleted 0 -";

        Reply reply = await thief.SendAsync(
            HttpMethod.Post, PeerFunctions.Path(function), seal.SealRequest(function, seal.Ask("sam-1") with { Lines = [line], List = "", Position = 0 }));

        reply.MustBe(HttpStatusCode.Forbidden, "caller_unknown");
        (await thief.SendAsync(HttpMethod.Post, PeerFunctions.Path(function), "{}"u8.ToArray())).MustBe(HttpStatusCode.BadRequest, "malformed");
        (await thief.SendAsync(HttpMethod.Get, "/sam/v1/status", (byte[]?)null)).MustBe(HttpStatusCode.Forbidden, "role_forbidden");
        (await One.Client.SendAsync(HttpMethod.Post, PeerFunctions.Path(function), "{}"u8.ToArray())).MustBe(HttpStatusCode.Forbidden, "role_forbidden");
        Assert.That(File.ReadAllText(One.FloorFile), Is.Empty);
        Assert.That(One.AdministrationRecords().Count(r => r is { Actor: "sam-2", Outcome: "caller_unknown" }), Is.EqualTo(1));
    }

    private static Task<Reply> SignAsync(TestNode node, KeyPair key) => SignAsync(node, NewRequest(key));

    private static async Task<Reply> SignAsync(TestNode node, SignaturesRequest request) =>
        await node.Client.SignAsync(request, (await TestSad.ForAsync(node, request)).Sign(node.As1));

    private static SignaturesRequest NewRequest(KeyPair key) => new(
        [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], key, new Signer(TestKey.Signer));
}
