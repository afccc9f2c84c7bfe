using System.Collections.Concurrent;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>Balancing in the server: another node signs when it is certain that the first did not, and only then.</summary>
[NonParallelizable]
public sealed class SamNodesTests
{
    private const string SignPath = "POST /sam/v1/signatures";

    private World _world = null!; // Set before each test.
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync($"nodes{Guid.NewGuid():N}", sams: 2);
        _client = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_client, World.P256());
        _world.Authorization.Outcomes.Clear();
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _world.DisposeAsync();
    }

    [Test]
    public async Task SignHash_BothUp_TakeTurns()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.That((await SignAsync()).Status, Is.EqualTo(200));
        }

        Assert.That(_world.Sams.Select(s => s.SignedRecords), Is.EqualTo(new[] { 5, 5 }));
        foreach (FakeSam sam in _world.Sams)
        {
            Assert.That(sam.Log.Records.Select(r => r.Node), Is.All.EqualTo(sam.Node));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task SignHash_OneNodeAway_TheOtherSignsWithAnotherSad(int away)
    {
        await SignAsync();
        await SignAsync();
        await _world.Sams[away].Host.StopAsync();
        int before = _world.Sams[1 - away].SignedRecords;

        for (int i = 0; i < 4; i++)
        {
            CscResult signed = await SignAsync();
            Assert.That(signed.Status, Is.EqualTo(200), signed.ToString());
        }

        Assert.That(_world.Sams[1 - away].SignedRecords - before, Is.EqualTo(4));
        Assert.That(
            _world.Authorization.Outcomes.Select(o => o.Outcome),
            Is.EqualTo(new[] { ActivationOutcome.NotSent }),
            "after its failure the node comes last, and its epoch is asked for before a SAD is minted");
        await _world.Sams[away].Host.StartAsync();
        _world.Clock.Advance(TimeSpan.FromSeconds(6));
        before = _world.Sams[away].SignedRecords;
        await SignAsync();
        await SignAsync();
        Assert.That(_world.Sams[away].SignedRecords - before, Is.EqualTo(1));
    }

    [TestCase(ProblemCodes.ServiceUnavailable)]
    [TestCase(ProblemCodes.HsmBusy)]
    public async Task SignHash_NodeRefusesForNow_TheOtherSigns(string code)
    {
        _world.Sams[0].RefuseAlways = (SignPath, code, Problem.Unavailable);

        Assert.That((await SignAsync()).Status, Is.EqualTo(200));
        Assert.That((await SignAsync()).Status, Is.EqualTo(200));

        Assert.That(_world.Sams.Select(s => s.SignedRecords), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(_world.Authorization.Outcomes.Select(o => o.Outcome), Is.All.EqualTo(ActivationOutcome.Refused));
        Assert.That(_world.Authorization.Outcomes, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task SignHash_NodeSaysThatItDoesNotSign_NoSadIsMintedForIt()
    {
        _world.Sams[0].Unavailable = _world.Sams[1].Unavailable = "sam-fake-3 was not heard for 61 s";

        CscResult none = await SignAsync();
        _world.Sams[1].Unavailable = null;
        CscResult one = await SignAsync();

        Assert.That((none.Status, one.Status), Is.EqualTo((503, 200)));
        Assert.That(_world.Authorization.Activations, Is.EqualTo(1));
        Assert.That(_world.Sams.Select(s => s.SignedRecords), Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public async Task SignHash_NobodyKnowsWhatBecameOfIt_NoOtherNodeIsAsked()
    {
        _world.Sams[0].CutNextAnswer = _world.Sams[1].CutNextAnswer = true;

        CscResult cut = await SignAsync();

        Assert.That(cut.Status, Is.EqualTo(503), cut.ToString());
        Assert.That(_world.Sams.Sum(s => s.SignedRecords), Is.EqualTo(1));
        Assert.That(_world.Authorization.Outcomes, Is.Empty);
    }

    [Test]
    public async Task SignHash_NodeUnderAnothersName_Unbelievable()
    {
        var log = new SamLog("sam-fake-2", _world.Sams[0].Log.Key.ExportSubjectPublicKeyInfoPem());
        await SignAsync();

        TreeHead head = _world.Sams[0].Log.Head(_world.Sams[0].Node);

        Assert.That(() => log.Accept(head), Throws.TypeOf<PeerException>());
    }

    [Test]
    public async Task Restart_EachNodeIsShownItsOwnNewestHead()
    {
        await SignAsync();
        await SignAsync();
        string?[] newest = [.. _world.Sams.Select(s => s.Log.Head(s.Node).Name)];
        Array.ForEach([.. _world.Sams], s => s.Heads.Clear());

        await _world.RestartServerAsync();
        await SignAsync();
        await SignAsync();

        Assert.That(_world.Sams.Select(s => s.Heads[0]), Is.EqualTo(newest));
    }

    [Test]
    public async Task Enroll_OneNodeAway_TheOtherDoesIt()
    {
        await _world.Sams[0].Host.StopAsync();

        CredentialCreated credential = await _world.EnrollAsync(_client, World.P256());

        Assert.That(credential.KeyId, Is.Not.Empty);
    }

    /// <summary>A node dies while eight clients sign: some do not learn what became of their request, nothing is signed twice.</summary>
    [Test]
    public async Task SignHash_NodeDiesUnderLoad_EveryAnswerIsAGoodSignatureAndNothingIsSignedTwice()
    {
        const int Requests = 160;
        ConcurrentBag<(byte[] Digest, CscResult Result)> results = [];
        int next = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= Requests)
            {
                if (number == Requests / 3)
                {
                    _world.Sams[0].Dies = true;
                }
                else if (number == Requests / 2)
                {
                    await _world.Sams[0].Host.StopAsync();
                }

                byte[] digest = World.Digest();
                results.Add((digest, await SignAsync(digest)));
            }
        }));

        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_world.Sam.Key(_credential.KeyId).PublicKeyInfo, out _);
        foreach ((byte[] digest, CscResult result) in results.Where(r => r.Result.Status == 200))
        {
            Assert.That(key.VerifyHash(digest, result.Signatures.Single(), DSASignatureFormat.Rfc3279DerSequence), Is.True);
        }

        CscResult[] failed = [.. results.Select(r => r.Result).Where(r => r.Status != 200)];
        Assert.That(failed, Is.Not.Empty, "the node died with requests in it");
        Assert.That(failed.Select(f => f.Refusal), Is.All.EqualTo(
            (503, "temporarily_unavailable", "The server cannot tell whether the request was carried out. It is not repeated.")));
        List<AuditRecord> signed = [.. _world.Sams.SelectMany(s => s.Log.Records).Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" })];
        string[] recorded = [.. signed.Select(r => r.Digests!.Single().Digest)];
        Assert.That(signed.Select(r => r.Jti), Is.Unique);
        Assert.That(recorded, Is.Unique);
        Assert.That(recorded, Is.SubsetOf(Digests(results)));
        Assert.That(Digests(results.Where(r => r.Result.Status == 200)), Is.SubsetOf(recorded));
        Assert.That(_world.Authorization.Activations, Is.EqualTo(Requests + _world.Authorization.Outcomes.Count), "one SAD more for each that came back");
    }

    private static string[] Digests(IEnumerable<(byte[] Digest, CscResult Result)> results) =>
        [.. results.Select(r => Convert.ToHexStringLower(r.Digest))];

    private Task<CscResult> SignAsync() => SignAsync(World.Digest());

    private async Task<CscResult> SignAsync(byte[] digest)
    {
        CscResult authorized = await _client.AuthorizeAsync(_credential.Id, 1);
        return await _client.SignAsync(_credential.Id, authorized.Sad, [digest], Oids.EcdsaWithSha256);
    }
}
