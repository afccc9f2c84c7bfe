using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>What third nodes learn, and what comes of two halves that did not know of each other.</summary>
public sealed class ThreeNodesTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(61);

    [Test]
    public async Task Change_NextNodeAway_ThirdLearnsItByItsHeartbeatAndTheSameCanBeRepeated()
    {
        await using TestCluster cluster = await TestCluster.ServeAsync(3);
        KeyPair enabled = await TestKey.EnabledAsync(cluster[0], TestKey.P256);
        await cluster[1].StopAsync();

        (await DisableAsync(cluster[0], enabled)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.That((await SignAsync(cluster[2], enabled)).Status, Is.EqualTo(HttpStatusCode.OK), "nobody was told that it is disabled");
        await cluster[2].BeatAsync();
        (await SignAsync(cluster[2], enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");

        await cluster[1].StartAsync();
        await cluster.BeatAsync();
        KeyPair disabled = (await DisableAsync(cluster[2], enabled)).KeyPair;
        foreach (TestNode node in cluster.Nodes)
        {
            (await SignAsync(node, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");
        }
    }

    [Test]
    public async Task Change_AllNodesAtOnce_OneIsAnswered()
    {
        await using TestCluster cluster = await TestCluster.ServeAsync(3);
        for (int round = 0; round < 5; round++)
        {
            KeyPair generated = (await cluster[0].Client.GenerateAsync(TestKey.P256)).KeyPair;

            Reply[] replies = await Task.WhenAll(cluster.Nodes.Select(n => n.Client.AssignAsync(generated, $"signer-{n.NodeName}")));

            Reply won = replies.Single(r => r.Status == HttpStatusCode.OK);
            Assert.That(replies.Where(r => r != won).Select(r => r.Problem.Code), Is.All.EqualTo("key_assigned"));
        }
    }

    [Test]
    public async Task Retire_OneNodeIsTold_TheOthersFollow()
    {
        await using TestCluster cluster = await TestCluster.ServeAsync(3);
        (TestNode one, TestNode two, TestNode three) = (cluster[0], cluster[1], cluster[2]);
        using SamClient operators = one.Connect(one.Operator);
        using SamClient operatorsAtTwo = two.Connect(two.Operator);
        KeyPair enabled = await TestKey.EnabledAsync(one, TestKey.P256);
        await three.StopAsync();
        Array.ForEach([one, two], n => n.Clock.Advance(Minute));
        await cluster.BeatAsync();
        (await SignAsync(two, enabled)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");

        await operators.SetStandingAsync("retire", "sam-3");
        await two.BeatAsync();
        Assert.That((await SignAsync(two, enabled)).Status, Is.EqualTo(HttpStatusCode.OK));
        Array.ForEach([one, two], n => n.Clock.Advance(TimeSpan.FromSeconds(2)));
        KeyPair disabled = (await DisableAsync(two, enabled)).KeyPair;
        (await SignAsync(one, disabled)).MustBe(HttpStatusCode.Forbidden, "key_disabled");

        await three.StartAsync();
        await three.BeatAsync();
        Assert.That((await three.Client.GetStatusAsync()).Unavailable, Does.Contain("retired"));
        Assert.That((await operatorsAtTwo.SetStandingAsync("reinstate", "sam-3")).Status, Is.EqualTo(HttpStatusCode.OK));
        await cluster.BeatAsync();
        KeyPair again = (await three.Client.ChangeStatusAsync(disabled, TestKey.Signer, true, true)).KeyPair;
        foreach (TestNode node in cluster.Nodes)
        {
            Assert.That((await SignAsync(node, again)).Status, Is.EqualTo(HttpStatusCode.OK));
            (await SignAsync(node, enabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        }
    }

    /// <summary>The worst that operators can do: each of two halves goes on as if the other were gone for good.</summary>
    [Test]
    public async Task Retire_EachOther_BothStopWhenTheyMeetAndWhatBothChangedIsInvalid()
    {
        await using TestCluster cluster = await TestCluster.ServeAsync(2);
        (TestNode one, TestNode two) = (cluster[0], cluster[1]);
        KeyPair enabled = await TestKey.EnabledAsync(one, TestKey.P256);
        await two.StopAsync();
        KeyPair disabled = await GoOnAloneAsync(one, "sam-2", () => DisableAsync(one, enabled));
        await one.StopAsync();
        await two.StartAsync();
        KeyPair enabledAnew = await GoOnAloneAsync(
            two, "sam-1", () => two.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, true));
        await one.StartAsync();

        await cluster.BeatAsync();
        await cluster.BeatAsync();

        foreach (TestNode node in cluster.Nodes)
        {
            Assert.That((await node.Client.GetStatusAsync()).Unavailable, Does.Contain("retired"));
        }

        using SamClient operatorsAtOne = one.Connect(one.Operator);
        using SamClient operatorsAtTwo = two.Connect(two.Operator);
        Assert.That((await operatorsAtOne.SetStandingAsync("reinstate", "sam-2")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await operatorsAtTwo.SetStandingAsync("reinstate", "sam-1")).Status, Is.EqualTo(HttpStatusCode.OK));
        await cluster.BeatAsync();
        foreach (TestNode node in cluster.Nodes)
        {
            Assert.That((await node.Client.GetStatusAsync()).Unavailable, Is.Null);
            (await SignAsync(node, disabled)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
            (await SignAsync(node, enabledAnew)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        }

        Assert.That((await one.Client.DeleteAsync(disabled, TestKey.Signer)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await SignAsync(two, disabled)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
    }

    private static async Task<KeyPair> GoOnAloneAsync(TestNode node, string other, Func<Task<Reply>> change)
    {
        using SamClient operators = node.Connect(node.Operator);
        await operators.SetStandingAsync("retire", other);
        (await change()).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        node.Clock.Advance(Minute + TimeSpan.FromSeconds(2));
        return (await change()).KeyPair;
    }

    private static Task<Reply> DisableAsync(TestNode node, KeyPair key) => node.Client.ChangeStatusAsync(key, TestKey.Signer, true, false);

    private static async Task<Reply> SignAsync(TestNode node, KeyPair key)
    {
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], key, new Signer(TestKey.Signer));
        return await node.Client.SignAsync(request, (await TestSad.ForAsync(node, request)).Sign(node.As1));
    }
}
