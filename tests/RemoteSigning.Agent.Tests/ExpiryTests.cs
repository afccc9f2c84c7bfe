using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Tests;

/// <summary>Credentials that end while the agent runs: by the clock, by the server, while the computer sleeps.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ExpiryTests
{
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);

    [Test]
    public async Task Watch_CertificateExpires_WakesThoseWhoWait()
    {
        using var clock = new TimerClock();
        var card = new CardContents(clock);
        using var stopping = new CancellationTokenSource();
        card.Publish(true, [Read(clock, "short", Validity), Read(clock, "long", 10 * Validity)]);
        ulong known = card.Current.Generation;
        Task watching = card.WatchAsync(stopping.Token);
        Task<ulong> waiting = card.WaitAsync(known, CancellationToken.None);
        for (int minute = 0; minute < 10; minute++)
        {
            await clock.TimerSetAsync();
            Assert.That((waiting.IsCompleted, card.Current.Generation), Is.EqualTo((false, known)), "valid up to and including that second");
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        await clock.TimerSetAsync();
        Assert.That(waiting.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await waiting, Is.EqualTo(known + 1));
        Assert.That(card.Current.Credentials.Select(c => (c.Id, c.Unusable)), Is.EqualTo(new[]
        {
            ("short", "The certificate has expired."), ("long", (string?)null),
        }));
        await stopping.CancelAsync();
        await watching;
    }

    [Test]
    public async Task Watch_ComputerSlept_IsNoticedWithinAMinute()
    {
        using var clock = new TimerClock();
        var card = new CardContents(clock);
        using var stopping = new CancellationTokenSource();
        card.Publish(true, [Read(clock, "short", Validity)]);
        Task<ulong> waiting = card.WaitAsync(card.Current.Generation, CancellationToken.None);
        Task watching = card.WatchAsync(stopping.Token);
        clock.Sleep(TimeSpan.FromHours(8));
        Assert.That(waiting.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromMinutes(1));
        await waiting;
        await stopping.CancelAsync();
        await watching;
    }

    [Test]
    public void Current_CertificateExpired_SaysSoWithoutAWatch()
    {
        using var clock = new TimerClock();
        var card = new CardContents(clock);
        card.Publish(true, [Read(clock, "short", Validity)]);
        ulong known = card.Current.Generation;
        clock.Sleep(Validity + TimeSpan.FromSeconds(1));
        Assert.That((card.Current.Generation, card.Current.Credentials.Single().Unusable), Is.EqualTo((known + 1, Credential.Expired)));
        Assert.That(card.Current.Generation, Is.EqualTo(known + 1), "once");
    }

    [Test]
    public void Publish_ExpiredAlready_IsOnTheCardAndNoNewsTheNextTime()
    {
        using var clock = new TimerClock();
        var card = new CardContents(clock);
        Credential expired = Read(clock, "old", -Validity);
        Assert.That(expired.Unusable, Is.Null, "the server has not noticed");
        card.Publish(true, [expired]);
        ulong known = card.Current.Generation;
        card.Publish(true, [expired]);
        Assert.That((card.Current.Generation, card.Current.Credentials.Single().Unusable), Is.EqualTo((known, Credential.Expired)));
    }

    [Test]
    public async Task Sign_CertificateExpiredMeanwhile_IsRefusedAndItStaysOnTheCard()
    {
        using var clock = new TimerClock();
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = CardMode.Agent };
        world.Clock = clock;
        world.Server.Add(new FakeCredential("short", World.Rsa, World.Pki.Issue(World.Rsa, true, null, clock.GetUtcNow() + Validity)) { NeedsPin = false });
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        ListAnswer before = await client.ListAsync();
        byte[] signature = await client.SignAsync(World.Request("short"));
        world.Server.IsDown = true;
        clock.Sleep(Validity + TimeSpan.FromSeconds(1));
        ListAnswer after = await client.ListAsync(before.Generation);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Generation, Is.GreaterThan(before.Generation));
            Assert.That(after.Credentials.Select(c => c.Id), Is.EqualTo(before.Credentials.Select(c => c.Id)).And.Member("short"));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("short"))), Is.EqualTo(Problem.CredentialUnusable));
            Assert.That(await client.VerifyAsync(new VerifyRequest("short", 1, 3, 0, World.Digest(3), signature)), Is.True);
        }

        world.Server.IsDown = false;
        await client.SignAsync(World.Request("free"));
        Assert.That(world.Server.SignHashRequests.Select(r => r.CredentialId), Is.EqualTo(new[] { "short", "free" }));
    }

    [Test]
    public async Task Upkeep_ComputerSlept_LooksWithinAMinute()
    {
        await using UpkeepCase subject = await UpkeepCase.CreateAsync(TimeSpan.FromHours(1));
        using var stopping = new CancellationTokenSource();
        TimeSpan next = await subject.Upkeep.LookAsync(CancellationToken.None);
        ulong known = subject.Card.Current.Generation;
        Task running = subject.Upkeep.RunAsync(next, stopping.Token);
        subject.World.Server.Credentials["rsa"].CertificateStatus = "suspended";
        subject.Clock.Sleep(TimeSpan.FromHours(2));
        subject.Clock.Advance(TimeSpan.FromMinutes(1));
        await subject.Card.WaitAsync(known, CancellationToken.None);
        Assert.That(subject.Unusable, Is.EqualTo(new[] { "rsa" }));
        await stopping.CancelAsync();
        await running;
    }

    [Test]
    public async Task Upkeep_ServerRefusesAKeyOfTheCard_LooksSoon()
    {
        await using UpkeepCase subject = await UpkeepCase.CreateAsync(TimeSpan.FromHours(1));
        using var stopping = new CancellationTokenSource();
        TimeSpan next = await subject.Upkeep.LookAsync(CancellationToken.None);
        ulong known = subject.Card.Current.Generation;
        Task running = subject.Upkeep.RunAsync(next, stopping.Token);
        await subject.Clock.TimerSetAsync();
        subject.World.Server.Credentials["free"].KeyStatus = "disabled";
        Assert.That(await World.ProblemOfAsync(SignAsync(subject.Account, subject.Card)), Is.EqualTo(Problem.CredentialUnusable));
        await subject.Clock.TimerSetAsync();
        subject.Clock.Advance(TimeSpan.FromSeconds(2));
        await subject.Card.WaitAsync(known, CancellationToken.None);
        Assert.That(subject.Unusable, Is.EqualTo(new[] { "free" }));
        await stopping.CancelAsync();
        await running;
    }

    private static async Task SignAsync(SignerAccount account, CardContents card)
    {
        Assert.That(SignatureAlgorithm.TryRead(Oids.Sha256WithRsa, [], null, out SignatureAlgorithm? algorithm), Is.True);
        using var approval = new SignatureApproval(null, null);
        await account.SignAsync(
            card.Current.Credentials.Single(c => c.Id == "free"), algorithm ?? throw new InvalidOperationException(), World.Digest(3), approval,
            new Peer("1000", 1, "/usr/bin/program"), CancellationToken.None);
    }

    private static Credential Read(TimerClock clock, string id, TimeSpan validity) => CredentialReader.Read(
        id, new FakeCredential(id, World.P256, World.Pki.Issue(World.P256, true, null, clock.GetUtcNow() + validity)).Info(), false, false);
}
