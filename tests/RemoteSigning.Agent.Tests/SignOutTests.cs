using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>Signing out while something else waits for the server: nothing of the old sign-in survives.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SignOutTests
{
    [Test]
    public async Task Login_SignedOutWhileThePinIsChecked_IsNotLoggedIn([Values] bool signedInAgain)
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        var control = new ControlClient(world.System, world.Socket);
        TaskCompletionSource held = world.Server.Held["pin"] = new TaskCompletionSource();
        Task login = client.LoginAsync(FakeServer.Pin);
        await world.Server.Holding.WaitAsync();
        await control.AskAsync(new ControlRequest(ControlCommands.Logout), CancellationToken.None);
        if (signedInAgain)
        {
            await control.AskAsync(new ControlRequest(ControlCommands.Login, FakeServer.Password), CancellationToken.None);
        }

        held.SetResult();
        Assert.That(await World.ProblemOfAsync(login), Is.EqualTo(Problem.NotSignedIn));
        CardStates expected = signedInAgain ? CardStates.SignedIn : CardStates.None;
        Assert.That((await client.ListAsync()).State, Is.EqualTo(expected));
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
    }

    [Test]
    public async Task Fetch_SignedOutAndInAgainMeanwhile_DoesNotFillTheCard()
    {
        await using World world = await World.CreateAsync();
        using HttpClient http = CscHttp.Create(world.Options);
        var client = new CscClient(http);
        using var session = new CscSession(client, FakeServer.Email, () => new Secret(FakeServer.Password));
        var card = new CardContents(TimeProvider.System);
        int endings = 0;
        using var account = new SignerAccount(client, session, card, false, false, TimeProvider.System, world.Log, () => endings++);
        await account.SignInAsync(null, CancellationToken.None);
        world.Server.Credentials.Clear();
        world.Server.Add(new FakeCredential("rsa", World.Rsa, World.Pki.Issue(World.Rsa, true)));
        TaskCompletionSource held = world.Server.Held["info"] = new TaskCompletionSource();
        Task fetch = account.FetchAsync(CancellationToken.None);
        await world.Server.Holding.WaitAsync();
        world.Server.Held.Clear();
        await account.SignOutAsync(CancellationToken.None);
        Assert.That((card.Current.SignedIn, card.Current.Credentials.Count, endings), Is.EqualTo((false, 0, 1)));
        await session.SignInAsync(CancellationToken.None);
        held.SetResult();
        Assert.That(await World.ProblemOfAsync(fetch), Is.EqualTo(Problem.NotSignedIn));
        Assert.That(card.Current.SignedIn, Is.False, "what was fetched belongs to the sign-in that has ended");
        await account.FetchAsync(CancellationToken.None);
        Assert.That((card.Current.SignedIn, card.Current.Credentials.Count), Is.EqualTo((true, 1)));
    }

    [Test]
    public async Task SignIn_SignedOutWhileTheServerIsAsked_EndsSignedOut()
    {
        await using World world = await World.CreateAsync();
        using HttpClient http = CscHttp.Create(world.Options);
        var client = new CscClient(http);
        using var session = new CscSession(client, FakeServer.Email, () => new Secret(FakeServer.Password));
        var card = new CardContents(TimeProvider.System);
        using var account = new SignerAccount(client, session, card, false, false, TimeProvider.System, world.Log, () => { });
        TaskCompletionSource held = world.Server.Held["login"] = new TaskCompletionSource();
        Task signIn = account.SignInAsync(null, CancellationToken.None);
        await world.Server.Holding.WaitAsync();
        await account.SignOutAsync(CancellationToken.None);
        held.SetResult();
        Assert.That(await World.ProblemOfAsync(signIn), Is.EqualTo(Problem.NotSignedIn));
        Assert.That((account.IsSignedIn, card.Current.SignedIn, world.Server.Count("revoke")), Is.EqualTo((false, false, 1)));
    }

    [Test]
    public async Task SignOut_ServerDown_EmptiesTheCardAllTheSame()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        world.Server.IsDown = true;
        Task<AgentStatus> signOut = new ControlClient(world.System, world.Socket).AskAsync(new ControlRequest(ControlCommands.Logout), CancellationToken.None);
        Assert.That(await World.ProblemOfAsync(signOut), Is.EqualTo(Problem.Unavailable));
        ListAnswer list = await client.ListAsync();
        Assert.That((list.State, list.Credentials.Count), Is.EqualTo((CardStates.None, 0)));
    }
}
