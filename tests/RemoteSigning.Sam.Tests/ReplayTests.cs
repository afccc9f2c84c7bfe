using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// Whoever recorded everything and has the signing server's key plays it back, at both nodes, with restarts and lost HSM
/// logins in between: SADs that were used, SADs that were not, and devices' approvals, under the SADs they came with and under
/// new ones. The clocks stand still, so nothing is refused for its age.
/// </summary>
public sealed class ReplayTests
{
    /// <summary>How many; <c>./build.sh Replay</c> plays 100,000.</summary>
    private static readonly int Replays = int.Parse(
        Environment.GetEnvironmentVariable("REMOTESIGNING_REPLAYS") ?? "4000", NumberStyles.None, CultureInfo.InvariantCulture);

    private const int Rounds = 8;
    private const int Callers = 32;

    private readonly List<Recorded> _recorded = [];
    private readonly ConcurrentDictionary<string, int> _outcomes = [];
    private TestCluster _cluster = null!; // Set before the test runs.
    private TestDevice _device = null!;
    private KeyPair _plain = null!;
    private KeyPair _bound = null!;
    private int _signed;

    [SetUp]
    public async Task Start()
    {
        _cluster = await TestCluster.ServeAsync(2);
        _device = TestDevice.NewEcdsa();
        _plain = await TestKey.EnabledAsync(_cluster[0], TestKey.P256);
        _bound = (await DeviceKey.EnrolAsync(_cluster[0], _device)).Enabled;
    }

    [TearDown]
    public async Task Stop()
    {
        _device.Dispose();
        await _cluster.DisposeAsync();
    }

    [Test]
    public async Task Sign_EverythingPlayedBackAtBothNodes_NoneIsAccepted()
    {
        for (int round = 0; round < Rounds; round++)
        {
            await RecordAsync();
            await DisturbAsync(round);
            string[] epochs = [await _cluster[0].EpochAsync(), await _cluster[1].EpochAsync()];
            await PlayAsync(Replays / Rounds, epochs);
        }

        TestContext.Out.WriteLine(string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Key} {o.Value}")));
        Assert.That(_outcomes.Values.Sum(), Is.EqualTo(Replays / Rounds * Rounds));
        Assert.That(_outcomes.Keys, Is.SubsetOf((string[])["sad_used", "sad_wrong_epoch", "sad_wrong_node", "device_invalid", "device_used"]));
        AuditRecord[] records = [.. _cluster.Nodes.SelectMany(n => n.Records()).Where(r => r.Event == AuditEvents.Sign)];
        Assert.That(records.Count(r => r.Outcome == "success"), Is.EqualTo(_signed));
        Assert.That(records, Has.Length.EqualTo(_signed + _outcomes.Values.Sum()));
        foreach (TestNode node in _cluster.Nodes)
        {
            Assert.That(node.VerifyLog(out string said), Is.Zero, said);
        }
    }

    /// <summary>At each node a signature with each key, and a SAD with each key that stays unused until the node's epoch is over.</summary>
    private async Task RecordAsync()
    {
        for (int node = 0; node < _cluster.Nodes.Count; node++)
        {
            foreach (KeyPair key in (KeyPair[])[_plain, _bound])
            {
                Recorded used = await MakeAsync(node, key);
                Reply reply = await _cluster[node].Client.SignAsync(used.Request, used.Compact);
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
                _signed++;
                _recorded.Add(used);
            }
        }
    }

    private async Task<Recorded> MakeAsync(int node, KeyPair key)
    {
        SignaturesRequest request = DeviceKey.NewRequest(key);
        TestSad sad = await TestSad.ForAsync(_cluster[node], request);
        sad = sad with { Content = sad.Content with { Transaction = Guid.NewGuid().ToString("N") } };
        SignaturesRequest approved = key == _bound ? request with { Approval = _device.Approve(sad.ContentText) } : request;
        return new Recorded(node, approved, sad, sad.Sign(_cluster[node].As1));
    }

    private async Task DisturbAsync(int round)
    {
        int node = round % 2;
        List<Recorded> unused = [await MakeAsync(node, _plain), await MakeAsync(node, _bound)];
        switch (round / 2 % 3)
        {
            case 0:
                await _cluster[node].RestartAsync();
                await _cluster.BeatAsync();
                break;
            case 1:
                _cluster[node].LostLogins++;
                break;
            default:
                return; // Only what was used is played back.
        }

        _recorded.AddRange(unused);
    }

    private Task PlayAsync(int count, string[] epochs) => Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
    {
        for (int i = caller; i < count; i += Callers)
        {
            Recorded recorded = _recorded[Random.Shared.Next(_recorded.Count)];
            int node = i % 4 == 0 ? 1 - recorded.Node : recorded.Node;
            Reply reply = await _cluster[node].Client.SignAsync(
                recorded.Request, recorded.Request.Approval is null || i % 2 == 0 ? recorded.Compact : MintAnew(recorded, node, epochs[node], i % 3 == 0));
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Forbidden), reply.Body);
            _outcomes.AddOrUpdate(reply.Problem.Code, 1, (_, n) => n + 1);
        }
    }));

    /// <summary>For an old approval: the thief has the authorization server's key as well.</summary>
    /// <param name="isNewContent">Another transaction, of which the device knows nothing; else the very text that it approved.</param>
    private string MintAnew(Recorded recorded, int node, string epoch, bool isNewContent)
    {
        var sad = TestSad.For(_cluster[node], recorded.Request, epoch);
        return (isNewContent ? sad : sad with { Content = recorded.Sad.Content }).Sign(_cluster[node].As1);
    }

    private sealed record Recorded(int Node, SignaturesRequest Request, TestSad Sad, string Compact);
}
