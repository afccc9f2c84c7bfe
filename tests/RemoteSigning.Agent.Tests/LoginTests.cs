using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Tests;

/// <summary>LOGIN, LOGOUT and what they mean for SIGN, in each mode.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LoginTests
{
    [Test]
    public async Task Login_RightPin_IsCheckedOnceAndServesEverySignature()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("rsa"));
        await client.SignAsync(World.Request("rsa", silent: true));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn));
            Assert.That(world.Server.Count("pin"), Is.EqualTo(1));
            Assert.That(world.Server.Authorizations.Select(a => a.Pin), Is.EqualTo(new[] { FakeServer.Pin, FakeServer.Pin }));
            Assert.That(world.Ui.SignatureQuestions, Is.Empty);
            Assert.That(world.Ui.PinQuestions, Is.Empty);
        }
    }

    [Test]
    public async Task Login_WrongPin_IsIncorrectAndThenLocked()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await World.ProblemOfAsync(client.LoginAsync("0000")), Is.EqualTo(Problem.PinIncorrect));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await World.ProblemOfAsync(client.LoginAsync(FakeServer.Pin)), Is.EqualTo(Problem.PinLocked));
            Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
        }
    }

    [Test]
    public async Task Login_PinTooLong_IsRefusedWithoutCountingAsATry()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.LoginAsync(new string('1', 65))), Is.EqualTo(Problem.InvalidRequest));
        Assert.That(world.Server.Count("pin"), Is.Zero);
    }

    [Test]
    public async Task Login_WithoutPinInModePin_AsksThePersonUntilItIsRight()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        var pins = new Queue<string>(["wrong", FakeServer.Pin]);
        world.Ui.OnPin = (_, _) => Task.FromResult<Secret?>(new Secret(pins.Dequeue()));
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync("");
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Ui.PinQuestions.Select(q => q.Complaint is null), Is.EqualTo(new[] { true, false }));
        Assert.That(world.Ui.PinQuestions.First().Program, Is.EqualTo(Environment.ProcessPath));
    }

    [Test]
    public async Task Login_PersonDeclines_IsDeclined()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        world.Ui.OnPin = (_, _) => Task.FromResult<Secret?>(null);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.LoginAsync("")), Is.EqualTo(Problem.Declined));
        Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn));
    }

    [Test]
    public async Task Login_WrongPinFromAFile_IsTriedOnce()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        world.Ui.AsksPerson = false;
        world.Ui.OnPin = (_, _) => Task.FromResult<Secret?>(new Secret("wrong"));
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.LoginAsync("")), Is.EqualTo(Problem.PinIncorrect));
        Assert.That(world.Server.Count("pin"), Is.EqualTo(1));
    }

    [Test]
    public async Task Login_TwoApplications_HaveStatesOfTheirOwn()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        byte[] first = [.. Enumerable.Repeat((byte)1, 16)];
        await using CardClient one = await world.ConnectAsync(first);
        await using CardClient alsoOne = await world.ConnectAsync(first);
        await using CardClient two = await world.ConnectAsync();
        await one.LoginAsync(FakeServer.Pin);
        Assert.That((await alsoOne.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn));
        Assert.That((await two.ListAsync()).State, Is.EqualTo(CardStates.SignedIn));
        await two.LoginAsync(FakeServer.Pin);
        await one.LogoutAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await World.ProblemOfAsync(alsoOne.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
            Assert.That(await World.ProblemOfAsync(two.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.None));
        }
    }

    [Test]
    public async Task Login_LastConnectionCloses_EndsWithIt()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        byte[] instance = [.. Enumerable.Repeat((byte)7, 16)];
        CardClient first = await world.ConnectAsync(instance);
        CardClient second = await world.ConnectAsync(instance);
        await first.LoginAsync(FakeServer.Pin);
        await CloseAsync(first, world, 1);
        Assert.That((await second.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn));
        await CloseAsync(second, world, 0);
        await using CardClient third = await world.ConnectAsync(instance);
        Assert.That((await third.ListAsync()).State, Is.EqualTo(CardStates.SignedIn));
    }

    [Test]
    public async Task Sign_PinChangedSinceLogin_IsForgottenAndTheProgramHasToLogInAgain()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        world.Server.CurrentPin = "87654321";
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
        int tries = world.Server.Authorizations.Count;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
            Assert.That(world.Server.Authorizations, Has.Count.EqualTo(tries), "the wrong PIN is not tried again");
        }

        await client.LoginAsync("87654321");
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.None));
    }

    [Test]
    public async Task Sign_PinForThisSignature_IsUsedForItAlone()
    {
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = CardMode.Pin, PinPerSignature = true };
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa", pin: FakeServer.Pin))), Is.EqualTo(Problem.NotSignedIn), "no login yet");
        await client.LoginAsync(FakeServer.Pin);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn), "the PIN of the login does not do");
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa", pin: "0000"))), Is.EqualTo(Problem.PinIncorrect));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa", pin: FakeServer.Pin))), Is.EqualTo(Problem.None));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("auth", SignatureScheme.Ecdsa))), Is.EqualTo(Problem.None), "no signing key");
        }
    }

    [Test]
    public async Task Sign_NotLoggedIn_IsRefusedWithoutAskingAnybody([Values(CardMode.Pin, CardMode.Protected)] CardMode mode)
    {
        await using World world = await World.StartAsync(mode);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
        Assert.That((world.Ui.SignatureQuestions.Count, world.Server.Authorizations.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Sign_ModeAgent_NeedsNoLoginAndAsksThePerson()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn));
        await client.SignAsync(World.Request("rsa"));
        await client.LogoutAsync();
        Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn));
        Assert.That(world.Ui.SignatureQuestions.Single().NeedsPin, Is.True);
    }

    /// <summary>Closes a connection and waits until the agent has noticed.</summary>
    private static async Task CloseAsync(CardClient client, World world, int left)
    {
        await client.DisposeAsync();
        await world.UntilAsync(status => status.Connections == left);
    }
}
