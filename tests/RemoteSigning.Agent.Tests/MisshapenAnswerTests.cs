using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>Answers of the server that lack members or hold nulls: clear failures, and the agent goes on.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class MisshapenAnswerTests
{
    [TestCase("login", "{}")]
    [TestCase("login", "null")]
    [TestCase("login", """{"access_token":null,"expires_in":1}""")]
    [TestCase("list", "{}")]
    [TestCase("list", """{"credentialIDs":null}""")]
    [TestCase("list", """{"credentialIDs":["rsa",null]}""")]
    public async Task SignIn_MemberMissingOrNull_IsRefusedClearly(string request, string body)
    {
        await using World world = await World.CreateAsync();
        await world.StartAsync(signedIn: false);
        world.Server.Bodies[request] = body;
        using var password = new Secret(FakeServer.Password);
        ProblemException? refusal = Assert.ThrowsAsync<ProblemException>(() => world.Host.SignInAsync(password, CancellationToken.None));
        Assert.That((refusal?.Problem, refusal?.Message), Is.EqualTo(
            ((Problem?)Problem.Internal, $"{(request == "login" ? "Signing in" : "Listing the credentials")} failed: the server's answer makes no sense. Report this to whoever runs the server.")));
    }

    [TestCase("authorize", "{}")]
    [TestCase("authorize", """{"SAD":null}""")]
    [TestCase("signHash", "{}")]
    [TestCase("signHash", """{"signatures":[null]}""")]
    public async Task Sign_MemberMissingOrNull_IsInternal(string request, string body)
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Bodies[request] = body;
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Internal));
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(121).And.Not.Member(122), "a refusal, no defect");
    }

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("""{"cert":{"certificates":["AAAA"]},"authMode":"explicit"}""")]
    [TestCase("""{"key":{"status":"enabled","algo":["1.2.840.113549.1.1.1"]},"authMode":"explicit"}""")]
    [TestCase("""{"key":null,"cert":{"certificates":["AAAA"]},"authMode":"explicit"}""")]
    [TestCase("""{"key":{"status":"enabled","algo":[null]},"cert":{"certificates":["AAAA"]},"authMode":"explicit"}""")]
    [TestCase("""{"key":{"status":"enabled","algo":["1.2.840.113549.1.1.1"]},"cert":{"certificates":[null]},"authMode":"explicit"}""")]
    [TestCase("""{"key":{"status":"enabled","algo":["1.2.840.113549.1.1.1"]},"cert":{"certificates":["?"]},"authMode":"explicit"}""")]
    [TestCase("""{"key":{"status":"enabled","algo":["1.2.840.113549.1.1.1"]},"cert":{},"PIN":{},"authMode":"explicit"}""")]
    public async Task Fetch_CredentialMisshapen_IsLeftOutAndLogged(string info)
    {
        await using World world = await World.CreateAsync();
        world.Server.Bodies["info"] = info;
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        ListAnswer list = await client.ListAsync();
        Assert.That((list.State, list.Credentials.Count), Is.EqualTo((CardStates.SignedIn, 0)));
        Assert.That(world.Log.Entries.Count(e => e.Id == 134), Is.EqualTo(6));
    }

    [Test]
    public async Task Start_ServerMakesNoSense_GoesOnAndRecovers()
    {
        await using World world = await World.CreateAsync();
        world.StoreSecrets(FakeServer.Password);
        world.Server.Bodies["list"] = "{}";
        await world.StartAsync(signedIn: false);
        world.Server.Bodies.Clear();
        await world.UntilAsync(status => status.Credentials.Count == 6);
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(132));
    }

    [Test]
    public async Task Upkeep_UnexpectedException_IsLoggedAndTriedAgain()
    {
        await using World world = await World.CreateAsync();
        using var clock = new TimerClock();
        using HttpClient http = CscHttp.Create(world.Options);
        bool broken = true;
        var client = new CscClient(http);
        using var session = new CscSession(client, FakeServer.Email, () => broken ? throw new InvalidOperationException("broken") : new Secret(FakeServer.Password));
        var card = new CardContents(clock);
        using var account = new SignerAccount(client, session, card, false, false, clock, world.Log, () => { });
        var upkeep = new AccountUpkeep(account, TimeSpan.FromMinutes(5), clock, world.Log);
        TimeSpan soon = await upkeep.LookAsync(CancellationToken.None);
        broken = false;
        TimeSpan usual = await upkeep.LookAsync(CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((soon, usual), Is.EqualTo((TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5))));
            Assert.That(world.Log.Entries.Single(e => e.Id == 135).Text, Does.Contain("InvalidOperationException: broken"));
            Assert.That(card.Current.Credentials, Has.Count.EqualTo(6));
        }
    }
}
