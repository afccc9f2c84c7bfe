using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>Signing in, staying signed in, and the card that follows from it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AccountTests
{
    [Test]
    public async Task Sign_AccessTokenExpired_IsRenewedOnceByTheRefreshToken()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        world.Server.ExpireAccessTokens();
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Server.Count("login"), Is.EqualTo(2));
        world.Server.ExpireAccessTokens();
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Server.Count("login"), Is.EqualTo(3), "the new refresh token replaced the old one");
    }

    [Test]
    public async Task Sign_AccessTokenExpiredForManyCalls_IsRenewedOnce()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.ExpireAccessTokens();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            await using CardClient client = await world.ConnectAsync();
            await client.SignAsync(World.Request("free"));
        }));
        Assert.That(world.Server.Count("login"), Is.EqualTo(2));
    }

    [Test]
    public async Task Sign_SignInEndedByTheServer_EmptiesTheCardAndEndsLogins()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        world.Server.ExpireAccessTokens();
        world.Server.ExpireRefreshTokens();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
        ListAnswer list = await client.ListAsync();
        Assert.That((list.State, list.Credentials.Count), Is.EqualTo((CardStates.None, 0)));
    }

    [Test]
    public async Task Sign_SignInEndedButPasswordStored_SignsInAgain()
    {
        await using World world = await World.CreateAsync();
        world.StoreSecrets(FakeServer.Password);
        world.Options = world.Options with { CardMode = CardMode.Agent };
        await world.StartAsync(signedIn: false);
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.SignedIn | CardStates.LoggedIn), "signed in before it could be asked");
        world.Server.ExpireAccessTokens();
        world.Server.ExpireRefreshTokens();
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(102), "a stored password is worth a warning");
    }

    [Test]
    public async Task Start_StoredPasswordWrong_IsTriedOnceAndTheCardIsEmpty()
    {
        await using World world = await World.CreateAsync();
        world.StoreSecrets("wrong");
        await world.StartAsync(signedIn: false);
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).State, Is.EqualTo(CardStates.None));
        Assert.That(world.Server.Count("login"), Is.EqualTo(1));
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(133));
    }

    [Test]
    public async Task SignIn_WrongPassword_IsRefused()
    {
        await using World world = await World.CreateAsync();
        await world.StartAsync(signedIn: false);
        var control = new ControlClient(world.System, world.Socket);
        Task call = control.AskAsync(new ControlRequest(ControlCommands.Login, "wrong"), CancellationToken.None);
        Assert.That(await World.ProblemOfAsync(call), Is.EqualTo(Problem.NotSignedIn));
        AgentStatus status = await control.AskAsync(new ControlRequest(ControlCommands.Status), CancellationToken.None);
        Assert.That((status.SignedIn, status.Credentials.Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public async Task SignIn_ServerCertificateOfAnotherRoot_IsUnavailableAndSaysWhy()
    {
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { TlsRoot = null };
        await world.StartAsync(signedIn: false);
        using var password = new Secret(FakeServer.Password);
        ProblemException? refusal = Assert.ThrowsAsync<ProblemException>(() => world.Host.SignInAsync(password, CancellationToken.None));
        Assert.That(refusal?.Problem, Is.EqualTo(Problem.Unavailable));
        Assert.That(refusal?.Message, Does.Contain("is not trusted").And.Contain("tlsRoot"));
        Assert.That(world.Server.Requests, Is.Empty, "the password was not sent");
    }

    [Test]
    public async Task Log_AllThatHappens_HoldsNoSecret()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await World.ProblemOfAsync(client.LoginAsync("90909090"));
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("otp"));
        world.Server.IsDown = true;
        await World.ProblemOfAsync(client.SignAsync(World.Request("rsa")));
        string log = string.Join('\n', world.Log.Entries.Select(e => e.Text));
        foreach (string secret in new[] { FakeServer.Pin, FakeServer.Otp, FakeServer.Password, "90909090", "Bearer", "Basic" })
        {
            Assert.That(log, Does.Not.Contain(secret));
        }
    }

    [Test]
    public async Task Upkeep_ServerDown_TriesSoonerAndThenAsUsual()
    {
        await using UpkeepCase subject = await UpkeepCase.CreateAsync(TimeSpan.FromMinutes(5));
        subject.World.Server.IsDown = true;
        TimeSpan[] pauses = [await subject.Upkeep.LookAsync(CancellationToken.None), await subject.Upkeep.LookAsync(CancellationToken.None)];
        for (int i = 0; i < 10; i++)
        {
            await subject.Upkeep.LookAsync(CancellationToken.None);
        }

        TimeSpan longest = await subject.Upkeep.LookAsync(CancellationToken.None);
        subject.World.Server.IsDown = false;
        TimeSpan usual = await subject.Upkeep.LookAsync(CancellationToken.None);
        subject.World.Server.IsDown = true;
        TimeSpan sooner = await subject.Upkeep.LookAsync(CancellationToken.None);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pauses.Select(p => p.TotalSeconds), Is.EqualTo(new[] { 2.0, 4.0 }));
            Assert.That(longest, Is.EqualTo(TimeSpan.FromMinutes(5)));
            Assert.That((usual, sooner), Is.EqualTo((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2))));
            Assert.That(subject.Card.Current.Credentials, Has.Count.EqualTo(6), "what is known stays on the card");
        }
    }

    [Test]
    public async Task Upkeep_CredentialRevoked_IsSeenAfterTheInterval()
    {
        await using UpkeepCase subject = await UpkeepCase.CreateAsync(TimeSpan.FromMinutes(5));
        TimeSpan next = await subject.Upkeep.LookAsync(CancellationToken.None);
        ulong known = subject.Card.Current.Generation;
        using var stopping = new CancellationTokenSource();
        Task running = subject.Upkeep.RunAsync(next, stopping.Token);
        await subject.Clock.TimerSetAsync();
        subject.World.Server.Credentials["rsa"].CertificateStatus = "revoked";
        subject.Clock.Advance(TimeSpan.FromMinutes(5));
        await subject.Card.WaitAsync(known, CancellationToken.None);
        Assert.That(subject.Unusable, Is.EqualTo(new[] { "rsa" }));
        await stopping.CancelAsync();
        await running;
    }

    [Test]
    public async Task SignOut_WithStoredPassword_IsNotUndoneByTheUpkeep()
    {
        await using UpkeepCase subject = await UpkeepCase.CreateAsync(TimeSpan.FromMinutes(5));
        await subject.Upkeep.LookAsync(CancellationToken.None);
        await subject.Account.SignOutAsync(CancellationToken.None);
        await subject.Upkeep.LookAsync(CancellationToken.None);
        Assert.That((subject.Account.IsSignedIn, subject.World.Server.Count("login")), Is.EqualTo((false, 1)));
    }
}
