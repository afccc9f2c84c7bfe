using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Tests;

/// <summary>Methods that end in a function of the authorization server which takes the token ask about it once only; a dead token is dead at once.</summary>
[NonParallelizable]
public sealed class RecallTests
{
    private static readonly (int, string?, string?) Dead =
        (401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.");

    private World _world = null!; // Set before the first test; the next two before each.
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("recall");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task PrepareAsync()
    {
        _client = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_client, World.P256());
    }

    [TearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public async Task AuthorizeExtendAndSign_ManyTimes_AskAboutTheTokenOnce()
    {
        int before = _world.Authorization.TokenQueries;

        for (int i = 0; i < 3; i++)
        {
            string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
            sad = (await _client.ExtendAsync(_credential.Id, sad)).Sad;
            Assert.That((await SignAsync(sad)).Status, Is.EqualTo(200));
        }

        Assert.That(_world.Authorization.TokenQueries - before, Is.EqualTo(1));
        await _client.PostAsync("credentials/list", "{}");
        Assert.That(_world.Authorization.TokenQueries - before, Is.EqualTo(2), "a method that nothing else checks the token for");
    }

    [TestCase("authorize")]
    [TestCase("extend")]
    [TestCase("sign")]
    public async Task EachMethod_TokenDiedAfterItWasUsed_IsRefusedAtOnce(string method)
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;
        int activations = _world.Authorization.Activations;
        _world.Authorization.Kill(_client.Token!);

        CscResult[] answers =
        [
            await CallAsync(method, _credential.Id, sad),
            await CallAsync(method, _credential.Id, sad),
        ];

        Assert.That(answers.Select(a => a.Refusal), Is.All.EqualTo(Dead));
        Assert.That(_world.Authorization.Activations, Is.EqualTo(activations));
    }

    /// <remarks>Whatever else is wrong with the request: the holder of a dead token learns nothing about credentials.</remarks>
    [TestCase("authorize")]
    [TestCase("extend")]
    [TestCase("sign")]
    public async Task EachMethod_DeadTokenAndAnotherFault_TellsTheTokenOnly(string method)
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        Assert.That((await CallAsync(method, new string('0', 32), sad)).Status, Is.EqualTo(400), "while the token lives");
        _world.Authorization.Kill(_client.Token!);

        CscResult answer = await CallAsync(method, new string('0', 32), sad);

        Assert.That(answer.Refusal, Is.EqualTo(Dead));
    }

    [Test]
    public async Task Authorize_ApplicationSwitchedOff_IsRefusedAtOnce()
    {
        ApplicationCreated made = await _world.AddApplicationAsync();
        CscClient through = _client.Through(made.ApiKey);
        await through.SignInAsync();
        Assert.That((await through.AuthorizeAsync(_credential.Id, 1)).Status, Is.EqualTo(200));
        await _world.SetApplicationStatusAsync(made.Application.ClientId, false);

        Assert.That((await through.AuthorizeAsync(_credential.Id, 1)).Refusal, Is.EqualTo(Dead));
    }

    /// <remarks>Or whoever found an old token could use up what the application's other users may do.</remarks>
    [Test]
    public async Task Authorize_DeadToken_CountsOnceAgainstTheApplicationsRate()
    {
        ApplicationCreated made = await _world.AddApplicationAsync(new ApplicationLimits(RequestsPerSecond: 1, Burst: 4));
        CscClient dead = _client.Through(made.ApiKey);
        await dead.SignInAsync();
        CscClient live = _client.Through(made.ApiKey);
        _world.Clock.Advance(TimeSpan.FromSeconds(60));
        await live.SignInAsync();
        _world.Clock.Advance(TimeSpan.FromSeconds(60));
        await dead.AuthorizeAsync(_credential.Id, 1);
        _world.Authorization.Kill(dead.Token!);

        for (int i = 0; i < 10; i++)
        {
            Assert.That((await dead.AuthorizeAsync(_credential.Id, 1)).Refusal, Is.EqualTo(Dead));
        }

        Assert.That((await live.AuthorizeAsync(_credential.Id, 1)).Status, Is.EqualTo(200));
        Assert.That((await live.AuthorizeAsync(_credential.Id, 1)).Status, Is.EqualTo(200));
        Assert.That((await live.AuthorizeAsync(_credential.Id, 1)).Status, Is.EqualTo(429), "four in all");
    }

    [Test]
    public void Find_TokenWhoseTimeIsOver_IsNotKnown()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var tokens = new KnownTokens(clock);
        tokens.Remember("token", State(60));

        Assert.That(tokens.Find("token"), Is.EqualTo(State(60)));
        Assert.That(tokens.Find("another"), Is.Null);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.That(tokens.Find("token"), Is.Null);
    }

    [Test]
    public void Remember_MoreThanFit_DropsThoseThatAreOverFirst()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var tokens = new KnownTokens(clock);
        tokens.Remember("long", State(3600));
        for (int i = 1; i < KnownTokens.Most; i++)
        {
            tokens.Remember($"short {i}", State(60));
        }

        clock.Advance(TimeSpan.FromSeconds(60));
        tokens.Remember("new", State(3600));
        Assert.That(tokens.Find("long"), Is.Not.Null);
        for (int i = 0; i < 2 * KnownTokens.Most; i++)
        {
            tokens.Remember($"next {i}", State(3600));
        }

        Assert.That(tokens.Find($"next {(2 * KnownTokens.Most) - 1}"), Is.Not.Null);
        Assert.That(Enumerable.Range(0, 2 * KnownTokens.Most).Count(i => tokens.Find($"next {i}") is not null), Is.LessThanOrEqualTo(KnownTokens.Most));
    }

    private static TokenState State(long expiresAt) => new("signer", "signer@example.com", TokenState.DirectClient, expiresAt);

    private Task<CscResult> CallAsync(string method, string credential, string sad) => method switch
    {
        "authorize" => _client.AuthorizeAsync(credential, 1),
        "extend" => _client.ExtendAsync(credential, sad),
        _ => _client.SignAsync(credential, sad, [World.Digest()], Oids.EcdsaWithSha256),
    };

    private Task<CscResult> SignAsync(string sad) => CallAsync("sign", _credential.Id, sad);
}
