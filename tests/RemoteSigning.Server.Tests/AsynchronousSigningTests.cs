using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>signHash with operationMode A, and signPolling (v2).</summary>
public sealed class AsynchronousSigningTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private World _world = null!; // Set before the first test, as are the next two.
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _world = await World.StartAsync("asynchronous");
        _client = (await _world.NewSignerAsync()).As(2);
        _credential = await _world.EnrollAsync(_client, World.P256());
    }

    [OneTimeTearDown]
    public async Task CleanUpAsync()
    {
        _client.Dispose();
        await _world.DisposeAsync();
    }

    [Test]
    public async Task Poll_WhileTheSamSigns_IsAcceptedThenSignedInOrder()
    {
        byte[][] hashes = [.. Enumerable.Range(0, 5).Select(_ => World.Digest())];
        using var gate = new ManualResetEventSlim();
        Task signing = HoldSignatures(gate);

        CscResult accepted = await StartAsync(await SadAsync(5), hashes);
        await signing.WaitAsync(Guard);
        CscResult pending = await PollAsync(accepted);
        gate.Set();
        CscResult done = await PollToTheEndAsync(accepted);
        CscResult again = await PollAsync(accepted);

        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_world.Sam.Key(_credential.KeyId).PublicKeyInfo, out _);
        Assert.Multiple(() =>
        {
            Assert.That(accepted.Status, Is.EqualTo(200));
            Assert.That(accepted.Body.Select(m => m.Key), Is.EqualTo(new[] { "responseID" }));
            Assert.That(
                pending.Refusal,
                Is.EqualTo((202, "accepted_request", "The previous async request has been accepted but not yet completed")));
            Assert.That(
                hashes.Zip(done.Signatures, (h, s) => key.VerifyHash(h, s, DSASignatureFormat.Rfc3279DerSequence)),
                Is.All.True.And.Exactly(5).Items);
            Assert.That(again.ToString(), Is.EqualTo(done.ToString()));
        });
    }

    [Test]
    public async Task Start_WrongSad_IsRefusedAtOnceAndLeavesNothing()
    {
        int before = await CountAsync();

        CscResult answer = await StartAsync("wrong", [World.Digest()]);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter SAD")));
        Assert.That(await CountAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task Poll_RefusedBySam_IsToldLikeTheCallItself()
    {
        _world.Sam.RefuseNext = ("POST /sam/v1/signatures", ProblemCodes.KeyDisabled, Problem.CredentialUnusable);

        CscResult answer = await PollToTheEndAsync(await StartAsync(await SadAsync(1), [World.Digest()]));

        Assert.That(
            answer.Refusal, Is.EqualTo((400, "invalid_request", "The credential identified by credentialID is disabled")));
    }

    [Test]
    public async Task Poll_BySomebodyElse_IsAnUnknownRequest()
    {
        using CscClient other = (await _world.NewSignerAsync()).As(2);
        CscResult accepted = await StartAsync(await SadAsync(1), [World.Digest()]);
        await PollToTheEndAsync(accepted);

        CscResult answer = await other.PostAsync("signatures/signPolling", Request(accepted));

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter requestID")));
    }

    [Test]
    public async Task Poll_ByAnotherApplicationOfTheSigner_IsAnUnknownRequest()
    {
        string id = await OpenAsync("another-application");

        CscResult answer = await _client.PostAsync("signatures/signPolling", new JsonObject { ["requestID"] = id });

        Assert.That(answer.Description, Is.EqualTo("Invalid parameter requestID"));
    }

    [Test]
    public async Task Poll_AfterTheValidity_IsAnUnknownRequest()
    {
        CscResult accepted = await StartAsync(await SadAsync(1), [World.Digest()], validity: 60_000);
        CscResult done = await PollToTheEndAsync(accepted);
        _world.Clock.Advance(TimeSpan.FromMinutes(1));

        CscResult late = await PollAsync(accepted);
        await StartAsync(await SadAsync(1), [World.Digest()]);

        Assert.That(done.Status, Is.EqualTo(200));
        Assert.That(late.Description, Is.EqualTo("Invalid parameter requestID"));
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        DateTimeOffset now = _world.Clock.GetUtcNow();
        Assert.That(await database.SignatureResults.AnyAsync(r => r.ExpiresAt <= now), Is.False, "the next request removes it");
    }

    [Test]
    public async Task Poll_OfAServerThatDied_TellsThatNobodyKnows()
    {
        string id = await OpenAsync(TokenState.DirectClient);
        _world.Clock.Advance(TimeSpan.FromMinutes(10));

        CscResult answer = await _client.PostAsync("signatures/signPolling", new JsonObject { ["requestID"] = id });

        Assert.That(answer.Refusal, Is.EqualTo((
            503, "temporarily_unavailable", "The server cannot tell whether the request was carried out. It is not repeated.")));
    }

    [Test]
    public async Task Result_InTheDatabase_CanBeReadWithItsIdOnly()
    {
        CscResult accepted = await StartAsync(await SadAsync(1), [World.Digest()]);
        CscResult done = await PollToTheEndAsync(accepted);
        string id = (string)accepted.Body["responseID"]!;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(id));

        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        SignatureResultRow row = await database.SignatureResults.SingleAsync(r => r.Id == hash);

        Assert.That(id, Has.Length.EqualTo(43));
        Assert.That(Encoding.Latin1.GetString(row.Result!), Does.Not.Contain((string)done.Body["signatures"]![0]!).And.Not.Contain("ignatures"));
    }

    [Test]
    public async Task Start_WithAHundredWaiting_IsTooMuchForNow()
    {
        using CscClient client = (await _world.NewSignerAsync()).As(2);
        CredentialCreated credential = await _world.EnrollAsync(client, World.P256());
        for (int i = 0; i < SignatureResultStore.MostWaiting; i++)
        {
            await OpenAsync(TokenState.DirectClient, client);
        }

        string sad = (await client.AuthorizeAsync(credential.Id, 1)).Sad;
        CscResult answer = await client.PostAsync("signatures/signHash", Body(credential.Id, sad, [World.Digest()]));
        CscResult waited = await client.SignAsync(credential.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((503, "temporarily_unavailable")));
        Assert.That(waited.Status, Is.EqualTo(200), "no unit was taken");
    }

    [Test]
    public async Task Start_InV1_WaitsForTheSignatures()
    {
        CscClient client = _client.As(1);
        JsonObject body = Body(_credential.Id, await SadAsync(1), [World.Digest()]);
        body["hash"] = body["hashes"]!.DeepClone();

        CscResult answer = await client.PostAsync("signatures/signHash", body);

        Assert.That(answer.Body.Select(m => m.Key), Is.EqualTo(new[] { "signatures" }), answer.ToString());
    }

    [Test]
    public async Task Stop_WithSignaturesUnderWay_WaitsForThem()
    {
        using var gate = new ManualResetEventSlim();
        Task signing = HoldSignatures(gate);
        CscResult accepted = await StartAsync(await SadAsync(1), [World.Digest()]);
        await signing.WaitAsync(Guard);

        Task restart = _world.RestartServerAsync();
        gate.Set();
        await restart.WaitAsync(Guard);
        CscResult answer = await PollAsync(accepted);

        Assert.That(answer.Signatures, Has.Count.EqualTo(1), answer.ToString());
    }

    /// <summary>Holds the next request for signatures in the SAM; the task ends when it is there.</summary>
    private Task HoldSignatures(ManualResetEventSlim gate)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _world.Sam.Before = name =>
        {
            if (name == "POST /sam/v1/signatures")
            {
                _world.Sam.Before = null;
                arrived.SetResult();
                Assert.That(gate.Wait(Guard), Is.True);
            }
        };
        return arrived.Task;
    }

    private async Task<string> SadAsync(int count) => (await _client.AuthorizeAsync(_credential.Id, count)).Sad;

    private Task<CscResult> StartAsync(string sad, byte[][] hashes, int? validity = null)
    {
        JsonObject body = Body(_credential.Id, sad, hashes);
        if (validity is not null)
        {
            body["validity_period"] = validity;
        }

        return _client.PostAsync("signatures/signHash", body);
    }

    private static JsonObject Body(string credential, string sad, byte[][] hashes) => new()
    {
        ["credentialID"] = credential,
        ["SAD"] = sad,
        ["hashes"] = new JsonArray([.. hashes.Select(h => (JsonNode)Convert.ToBase64String(h))]),
        ["signAlgo"] = Oids.EcdsaWithSha256,
        ["operationMode"] = "A",
    };

    private static JsonObject Request(CscResult accepted) => new() { ["requestID"] = (string?)accepted.Body["responseID"] };

    private Task<CscResult> PollAsync(CscResult accepted) => _client.PostAsync("signatures/signPolling", Request(accepted));

    private async Task<CscResult> PollToTheEndAsync(CscResult accepted)
    {
        var watch = Stopwatch.StartNew();
        CscResult answer;
        do
        {
            answer = await PollAsync(accepted);
        }
        while (answer.Status == 202 && watch.Elapsed < Guard);

        return answer;
    }

    private async Task<string> OpenAsync(string client, CscClient? signer = null) =>
        (await _world.Services.GetRequiredService<SignatureResultStore>().OpenAsync(
            (signer ?? _client).Signer, client, TimeSpan.FromHours(1), CancellationToken.None))!;

    private async Task<int> CountAsync()
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.SignatureResults.CountAsync();
    }
}
