using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Tests;

/// <summary>What was seen of the SAM's log is known after a restart too, whatever it came with.</summary>
[NonParallelizable]
public sealed class LogHeadTests
{
    private const string SignPath = "POST /sam/v1/signatures";

    private static int s_worlds;

    private World _world = null!; // Set before each test, like the next two.
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync($"heads{Interlocked.Increment(ref s_worlds)}");
        _client = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_client, World.P256());
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _world.DisposeAsync();
    }

    [Test]
    public async Task Restart_HeadOfARefusal_IsShownWithTheNextRequest()
    {
        await RefuseAsync(ProblemCodes.KeyDisabled);
        TreeHead seen = _world.Sam.Log.Head(_world.Sam.Node);
        Assert.That(_world.Sam.Log.Records[^1].Outcome, Is.EqualTo(ProblemCodes.KeyDisabled));

        await _world.RestartServerAsync();
        await SignAsync(200);

        Assert.That(_world.Sam.Heads, Does.Contain(seen.Name));
        Assert.That(Size(_world.Sam.Heads[^1]), Is.GreaterThanOrEqualTo(seen.TreeSize));
    }

    [Test]
    public async Task Restart_HeadOfTheStatus_IsShownWithTheNextRequest()
    {
        await SignAsync(200);
        await _world.RestartServerAsync(); // The status is asked for with the next signature.
        AppendOther();
        await RefuseAsync(ProblemCodes.AuditUnavailable); // It brings no evidence, so no head.
        TreeHead seen = _world.Sam.Log.Head(_world.Sam.Node);

        await _world.RestartServerAsync();
        _world.Sam.Heads.Clear();
        await SignAsync(200);

        Assert.That(_world.Sam.Heads[0], Is.EqualTo(seen.Name));
    }

    [Test]
    public async Task Restart_LogWasCut_NothingIsSigned()
    {
        await RefuseAsync(ProblemCodes.KeyDisabled);
        await _world.RestartServerAsync();
        _world.Sam.Log.Cut(1);
        int signed = _world.Sam.SignedRecords;

        await SignAsync(500);

        Assert.That(_world.Sam.SignedRecords, Is.EqualTo(signed));
        Assert.That(_world.Sam.Log.Records[^1].Outcome, Is.EqualTo(ProblemCodes.HeadUnknown));
        Assert.That(await _world.ReadIncidentsAsync(IncidentNames.LogRewritten), Is.Positive);
    }

    /// <summary>The refusal itself comes with a head, of the other log: it must not be taken for the newest one.</summary>
    [Test]
    public async Task Restart_LogWasReplacedByALongerOne_StaysRefused()
    {
        await RefuseAsync(ProblemCodes.KeyDisabled);
        await _world.RestartServerAsync();
        _world.Sam.Log.Cut(1);
        AppendOther();
        AppendOther();

        await SignAsync(500);
        await SignAsync(500);
        await _world.RestartServerAsync();
        await SignAsync(500);
    }

    [Test]
    public async Task Restart_LogOfTheSameLengthByASamThatKeepsQuiet_NothingIsBelieved()
    {
        await RefuseAsync(ProblemCodes.KeyDisabled);
        await _world.RestartServerAsync();
        _world.Sam.Log.Cut(1);
        AppendOther();
        _world.Sam.IgnoresHeads = true;

        await SignAsync(500); // The status already tells a head of the same length with another root.

        Assert.That(_world.Sam.SignedRecords, Is.Zero);
    }

    private static long Size(string head) => TreeHead.TryReadName(head, out long size, out _) ? size : throw new FormatException(head);

    /// <summary>Somebody else asks this node for something.</summary>
    private void AppendOther() => _world.Sam.Log.Append(index => new AuditRecord
    {
        V = AuditRecord.CurrentVersion,
        Index = index,
        Node = _world.Sam.Node,
        Epoch = _world.Sam.Epoch,
        Time = $"2027-01-15T08:00:00.{index:000}Z",
        Event = AuditEvents.Status,
        Outcome = "success",
    });

    private async Task RefuseAsync(string code)
    {
        _world.Sam.RefuseNext = (SignPath, code, Problem.CredentialUnusable);
        CscResult answer = await _client.SignAsync(
            _credential.Id, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, [World.Digest()], Oids.EcdsaWithSha256);
        Assert.That(answer.Status, Is.Not.EqualTo(200));
    }

    private async Task SignAsync(int status)
    {
        CscResult answer = await _client.SignAsync(
            _credential.Id, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, [World.Digest()], Oids.EcdsaWithSha256);
        Assert.That(answer.Status, Is.EqualTo(status), answer.ToString());
    }
}
