using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>Moves all keys under a newer key-encryption key of the SAM, whatever happens meanwhile.</summary>
[NonParallelizable]
public sealed class ResealTests
{
    private const string Path = "/enrollment/v1/reseal";
    private const string SamPath = "POST /sam/v1/key_pairs/$body/reseal";

    private static int s_worlds;

    private const string StalledMetric = "remotesigning_server_reseal_stalled";

    private World _world = null!; // Set before each test, like the next two.
    private CscClient _client = null!;
    private List<CredentialCreated> _credentials = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync($"reseal{Interlocked.Increment(ref s_worlds)}");
        _client = await _world.NewSignerAsync();
        _credentials = [];
        for (int i = 0; i < 3; i++)
        {
            _credentials.Add(await _world.EnrollAsync(_client, World.P256()));
        }

        _world.Sam.Generation = 2;
    }

    [TearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _world.DisposeAsync();
    }

    [Test]
    public async Task Run_MovesEachKeyOnceAndAllSignAfterwards()
    {
        CredentialCreated young = await _world.EnrollAsync(_client, World.P256());

        ResealProgress done = await RunAsync();
        ResealProgress again = await RunAsync();

        Assert.That((done.State, done.Left, done.Moved, done.Newest, done.Failed), Is.EqualTo(("finished", 0, 3, 1, 0)));
        Assert.That((again.Run, again.Moved, again.Newest), Is.EqualTo((done.Run + 1, 0, 4)), "there is nothing left to do");
        foreach (CredentialCreated credential in (CredentialCreated[])[.. _credentials, young])
        {
            Assert.That(await SignAsync(credential), Is.EqualTo(200));
        }
    }

    /// <summary>The SAM has moved the key, its floor has risen, but this server does not know.</summary>
    [Test]
    public async Task Run_AnswerLost_AskedAgainAndNothingIsStuck()
    {
        _world.Sam.CutNextAnswer = true;

        ResealProgress done = await RunAsync();

        Assert.That((done.State, done.Moved, done.Failed, done.Stalled), Is.EqualTo(("finished", 3, 0, (string?)null)));
        foreach (CredentialCreated credential in _credentials)
        {
            Assert.That(await SignAsync(credential), Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Run_ProcessEndsInTheMiddle_TheNextOneGoesOn()
    {
        await PutAsync(1);
        Resealing resealing = _world.Services.GetRequiredService<Resealing>();
        await resealing.StepAsync(default);
        _world.Sam.CutNextAnswer = true;
        await resealing.StepAsync(default);

        await _world.RestartServerAsync();
        ResealProgress done = await FinishAsync();

        Assert.That((done.Run, done.State, done.Failed), Is.EqualTo((1L, "finished", 0)));
        Assert.That(_credentials.Select(c => _world.Sam.Key(c.KeyId).Version), Is.All.EqualTo(4), "each was moved once");
        foreach (CredentialCreated credential in _credentials)
        {
            Assert.That(await SignAsync(credential), Is.EqualTo(200));
        }
    }

    [Test]
    public async Task Run_KeysThatTheSamRefuses_AreNamedAndTriedByTheNextRun()
    {
        _world.Sam.RefuseAlways = (SamPath, ProblemCodes.KeyOutdated, Problem.CredentialUnusable);

        ResealProgress done = await RunAsync();
        _world.Sam.RefuseAlways = null;

        Assert.That((done.State, done.Moved, done.Failed), Is.EqualTo(("finished", 0, 3)));
        Assert.That(done.Failures.Select(f => (f.Signer, f.Code)), Is.All.EqualTo((_client.Signer, ProblemCodes.KeyOutdated)));
        Assert.That(done.Failures.Select(f => f.Credential), Is.EquivalentTo(_credentials.Select(c => c.Id)));
        Assert.That(await _world.ReadMetricAsync("remotesigning_server_reseal_keys_total{outcome=\"refused\"}"), Is.AtLeast(3), "the worker and this test may ask for one at once");
        Assert.That((await RunAsync()).Moved, Is.EqualTo(3));
    }

    [Test]
    public async Task Run_SamBusy_WaitsAndForgetsNothing()
    {
        _world.Sam.RefuseAlways = (SamPath, ProblemCodes.ServiceUnavailable, Problem.Unavailable);
        await PutAsync(6000);
        await _world.Services.GetRequiredService<Resealing>().StepAsync(default);

        ResealProgress stalled = await GetAsync();
        double isStalled = await _world.ReadMetricAsync(StalledMetric);
        _world.Sam.RefuseAlways = null;

        Assert.That((stalled.State, stalled.Left, stalled.Moved, stalled.Failed), Is.EqualTo(("running", 3, 0, 0)));
        Assert.That(stalled.Stalled, Is.Not.Empty);
        Assert.That((await FinishAsync()).Moved, Is.EqualTo(3));
        Assert.That((isStalled, await _world.ReadMetricAsync(StalledMetric)), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Run_Paused_NothingMovesUntilItGoesOn()
    {
        await PutAsync(1);
        await DeleteAsync();
        int before = _world.Sam.Log.Records.Count;

        TimeSpan? next = await _world.Services.GetRequiredService<Resealing>().StepAsync(default);

        Assert.That(next, Is.Null);
        ResealProgress paused = await GetAsync();
        Assert.That(paused.State, Is.EqualTo("paused"));
        Assert.That((await RunAsync()).Run, Is.EqualTo(paused.Run));
        Assert.That(_world.Sam.Log.Records, Has.Count.GreaterThan(before));
    }

    [Test]
    public async Task Run_CredentialDisabledAfterwards_KeepsWorking()
    {
        await RunAsync();

        using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(
            $"/enrollment/v1/signers/{_client.Signer}/credentials/{_credentials[0].Id}/status",
            new CredentialStatusRequest(false),
            EnrollmentJson.Default.CredentialStatusRequest);

        Assert.That((int)answer.StatusCode, Is.EqualTo(204), "the newest version is the one that is stored");
    }

    [TestCase(0)]
    [TestCase(6001)]
    public async Task Start_ImpossiblePace_Malformed(int perMinute)
    {
        using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(Path, new ResealRequest(perMinute), EnrollmentJson.Default.ResealRequest);

        Assert.That((int)answer.StatusCode, Is.EqualTo(400));
        Assert.That((int)(await _world.Operator.GetAsync(Path)).StatusCode, Is.EqualTo(404), "no run was begun");
    }

    private async Task<ResealProgress> RunAsync()
    {
        await PutAsync(6000);
        return await FinishAsync();
    }

    /// <summary>Takes the steps of the worker, which takes some of them as well.</summary>
    private async Task<ResealProgress> FinishAsync()
    {
        Resealing resealing = _world.Services.GetRequiredService<Resealing>();
        while (await resealing.StepAsync(default) is not null)
        {
        }

        return await GetAsync();
    }

    private async Task<ResealProgress> PutAsync(int perMinute)
    {
        using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(Path, new ResealRequest(perMinute), EnrollmentJson.Default.ResealRequest);
        Assert.That((int)answer.StatusCode, Is.EqualTo(202), await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.ResealProgress))!;
    }

    private async Task<ResealProgress> GetAsync() => (await _world.Operator.GetFromJsonAsync(Path, EnrollmentJson.Default.ResealProgress))!;

    private async Task DeleteAsync()
    {
        using HttpResponseMessage answer = await _world.Operator.DeleteAsync(Path);
        Assert.That((int)answer.StatusCode, Is.EqualTo(200));
    }

    private async Task<int> SignAsync(CredentialCreated credential) => (await _client.SignAsync(
        credential.Id, (await _client.AuthorizeAsync(credential.Id, 1)).Sad, [World.Digest()], Oids.EcdsaWithSha256)).Status;
}
