using System.Net.Http.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>What an application may use: signatures in a transaction and on a day, requests per second.</summary>
[NonParallelizable]
public sealed class LimitTests
{
    private static readonly (int, string?, string?) TooMany = (429, "invalid_request", "Too many requests");

    private static readonly (int, string?, string?) DayUsedUp =
        (429, "invalid_request", "The application has used up its signatures of this day");

    private World _world = null!; // Set before the first test; the next two before each.
    private CscClient _signer = null!;
    private CredentialCreated _credential = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("limits");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task PrepareAsync()
    {
        _signer = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_signer, World.P256());
    }

    [TearDown]
    public void CleanUp() => _signer.Dispose();

    [Test]
    public async Task Authorize_MoreThanATransactionMayHave_IsTooHigh()
    {
        CscClient client = await SignInAsync(new ApplicationLimits(SignaturesPerTransaction: 3));

        Assert.That((await client.AuthorizeAsync(_credential.Id, 3)).Status, Is.EqualTo(200));
        Assert.That(
            (await client.AuthorizeAsync(_credential.Id, 4)).Refusal, Is.EqualTo((400, "invalid_request", "Numbers of signatures is too high")));
        Assert.That((await _signer.AuthorizeAsync(_credential.Id, 4)).Status, Is.EqualTo(200), "another application");
    }

    [Test]
    public async Task Authorize_DayUsedUp_IsRefusedUntilMidnight()
    {
        CscClient client = await SignInAsync(new ApplicationLimits(SignaturesPerDay: 3));
        await SignAsync(client, (await client.AuthorizeAsync(_credential.Id, 2)).Sad, 2);

        CscResult tooMany = await client.AuthorizeAsync(_credential.Id, 2);
        CscResult fits = await client.AuthorizeAsync(_credential.Id, 1);
        TimeSpan untilMidnight = TimeSpan.FromDays(1) - _world.Clock.GetUtcNow().UtcDateTime.TimeOfDay;
        _world.Clock.Advance(untilMidnight);
        CscResult tomorrow = await client.AuthorizeAsync(_credential.Id, 3);

        Assert.Multiple(() =>
        {
            Assert.That(tooMany.Refusal, Is.EqualTo(DayUsedUp));
            Assert.That(tooMany.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(Math.Ceiling(untilMidnight.TotalSeconds))));
            Assert.That(fits.Status, Is.EqualTo(200), fits.ToString());
            Assert.That(tomorrow.Status, Is.EqualTo(200), tomorrow.ToString());
        });
    }

    [Test]
    public async Task SignHash_ApprovedMoreThanTheDayHas_IsRefusedAndTakesNoUnits()
    {
        CscClient client = await SignInAsync(new ApplicationLimits(SignaturesPerDay: 3));
        string first = (await client.AuthorizeAsync(_credential.Id, 3)).Sad;
        string second = (await client.AuthorizeAsync(_credential.Id, 3)).Sad;
        await SignAsync(client, first, 2);

        CscResult tooMany = await TrySignAsync(client, second, 2);
        CscResult fits = await TrySignAsync(client, second, 1);
        CscResult over = await TrySignAsync(client, second, 1);
        _world.Clock.Advance(TimeSpan.FromDays(1));
        CscResult tomorrow = await TrySignAsync(client, second, 2);

        Assert.Multiple(() =>
        {
            Assert.That(tooMany.Refusal, Is.EqualTo(DayUsedUp));
            Assert.That(tooMany.RetryAfter, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromDays(1)));
            Assert.That(fits.Status, Is.EqualTo(200), fits.ToString());
            Assert.That(over.Refusal, Is.EqualTo(DayUsedUp));
            Assert.That(tomorrow.Status, Is.EqualTo(200), "what was refused took nothing: " + tomorrow);
        });
    }

    [Test]
    public async Task List_MoreThanABurstAtOnce_LetsTheBurstThroughAndThenTheRate()
    {
        CscClient client = await SignInAsync(new ApplicationLimits(RequestsPerSecond: 2, Burst: 5));

        CscResult[] crowd = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ListAsync(client)));
        _world.Clock.Advance(TimeSpan.FromSeconds(0.5));
        CscResult next = await ListAsync(client);
        CscResult early = await ListAsync(client);

        Assert.Multiple(() =>
        {
            Assert.That(crowd.Count(a => a.Status == 200), Is.EqualTo(5));
            Assert.That(crowd.Where(a => a.Status != 200).Select(a => a.Refusal), Is.All.EqualTo(TooMany));
            Assert.That(crowd.Where(a => a.Status != 200).Select(a => a.RetryAfter), Is.All.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(next.Status, Is.EqualTo(200));
            Assert.That(early.Refusal, Is.EqualTo(TooMany));
        });
        Assert.That((await ListAsync(_signer)).Status, Is.EqualTo(200), "another application");
    }

    [Test]
    public async Task List_LimitOfATokenReached_LeavesOtherTokensAndTakesNothingOfTheApplication()
    {
        ApplicationCreated application = await _world.AddApplicationAsync(
            new ApplicationLimits(RequestsPerSecond: 1, Burst: 5, TokenRequestsPerSecond: 1, TokenBurst: 2));
        CscClient one = await SignInAsync(application);
        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        CscClient other = await SignInAsync(application);

        int[] ofOne = [.. (await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => ListAsync(one)))).Select(a => a.Status).Order()];
        int[] ofOther = [.. (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ListAsync(other)))).Select(a => a.Status).Order()];

        Assert.That(ofOne, Is.EqualTo(new[] { 200, 200, 429, 429, 429, 429, 429, 429, 429 }));
        Assert.That(ofOther, Is.EqualTo(new[] { 200, 200, 429 }));
    }

    [Test]
    public async Task SignIn_MoreThanTheRate_IsRefusedBeforeThePasswordIsLookedAt()
    {
        ApplicationCreated application = await _world.AddApplicationAsync(new ApplicationLimits(RequestsPerSecond: 1, Burst: 2));
        CscClient signedIn = await SignInAsync(application);
        CscClient guessing = _signer.Through(application.ApiKey);
        string wrong = CscClient.Basic($"{_signer.Email}:wrong");

        CscResult guess = await guessing.SendAsync("/csc/v1/auth/login", "{}", wrong);
        CscResult another = await guessing.SendAsync("/csc/v1/auth/login", "{}", wrong);

        Assert.That(guess.Error, Is.EqualTo("authentication_error"));
        Assert.That((another.Refusal, another.RetryAfter), Is.EqualTo((TooMany, (TimeSpan?)TimeSpan.FromSeconds(1))));
        Assert.That((await ListAsync(signedIn)).Status, Is.EqualTo(200), "who is signed in has a bucket of his own");
    }

    [Test]
    public async Task ChangeLimits_Raised_IsFeltAtOnce()
    {
        ApplicationCreated application = await _world.AddApplicationAsync(new ApplicationLimits(SignaturesPerTransaction: 1));
        CscClient client = await SignInAsync(application);
        CscResult before = await client.AuthorizeAsync(_credential.Id, 2);
        using HttpResponseMessage change = await _world.Operator.PutAsJsonAsync(
            $"/enrollment/v1/applications/{application.Application.ClientId}/limits",
            new ApplicationLimits(SignaturesPerTransaction: 2),
            EnrollmentJson.Default.ApplicationLimits);

        CscResult after = await client.AuthorizeAsync(_credential.Id, 2);

        Assert.That((before.Status, (int)change.StatusCode, after.Status), Is.EqualTo((400, 204, 200)));
        Assert.That((await _world.ReadUsageAsync(application.ApiKey)).Limits.SignaturesPerTransaction, Is.EqualTo(2));
    }

    private async Task<CscClient> SignInAsync(ApplicationLimits limits) => await SignInAsync(await _world.AddApplicationAsync(limits));

    private async Task<CscClient> SignInAsync(ApplicationCreated application)
    {
        CscClient client = _signer.Through(application.ApiKey);
        CscResult answer = await client.SignInAsync();
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        return client;
    }

    private async Task SignAsync(CscClient client, string sad, int count)
    {
        CscResult answer = await TrySignAsync(client, sad, count);
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
    }

    private Task<CscResult> TrySignAsync(CscClient client, string sad, int count) =>
        client.SignAsync(_credential.Id, sad, Enumerable.Range(0, count).Select(_ => World.Digest()), Oids.EcdsaWithSha256);

    private static Task<CscResult> ListAsync(CscClient client) => client.PostAsync("credentials/list", "{}");
}
