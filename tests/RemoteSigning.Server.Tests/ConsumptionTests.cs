using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>Each signature counts once for its application: what is counted equals what the SAM's log holds.</summary>
[NonParallelizable]
public sealed class ConsumptionTests
{
    private const string SignPath = "POST /sam/v1/signatures";

    private World _world = null!; // Set before the first test; the next four before each.
    private CscClient _signer = null!;
    private CscClient _client = null!;
    private ApplicationCreated _application = null!;
    private CredentialCreated _credential = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("consumption");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task PrepareAsync()
    {
        _application = await _world.AddApplicationAsync();
        _signer = await _world.NewSignerAsync();
        _client = _signer.Through(_application.ApiKey);
        await _client.SignInAsync();
        _credential = await _world.EnrollAsync(_signer, World.P256());
    }

    [TearDown]
    public void CleanUp()
    {
        _world.Sam.RefuseNext = null;
        _world.Sam.RefuseAlways = null;
        _client.Dispose();
        _signer.Dispose();
    }

    [Test]
    public async Task SignHash_ParallelCallsOfTwoApplications_CountWhatTheLogOfTheSamHolds()
    {
        ApplicationCreated other = await _world.AddApplicationAsync();
        CscClient otherClient = _signer.Through(other.ApiKey);
        await otherClient.SignInAsync();
        string sad = (await _client.AuthorizeAsync(_credential.Id, 60)).Sad;
        string otherSad = (await otherClient.AuthorizeAsync(_credential.Id, 20)).Sad;

        CscResult[] answers = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => (Task<CscResult>[])
        [
            SignAsync(_client, sad, World.Digest(), World.Digest(), World.Digest()),
            SignAsync(otherClient, otherSad, World.Digest()),
        ]));

        ApplicationUsage usage = await _world.ReadUsageAsync(_application.ApiKey);
        ApplicationUsage otherUsage = await _world.ReadUsageAsync(other.ApiKey);
        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(200));
            Assert.That((usage.Today, usage.Month), Is.EqualTo((60L, 60L)));
            Assert.That(_world.Sam.SignaturesOf(_application.Application.ClientId), Is.EqualTo(60));
            Assert.That(otherUsage.Today, Is.EqualTo(20));
            Assert.That(_world.Sam.SignaturesOf(other.Application.ClientId), Is.EqualTo(20));
        });
    }

    [Test]
    public async Task SignHash_SameHashTwice_CountsTwice()
    {
        byte[] digest = World.Digest();
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;

        await SignAsync(_client, sad, digest, digest);

        Assert.That((await _world.ReadUsageAsync(_application.ApiKey)).Today, Is.EqualTo(2));
    }

    [Test]
    public async Task SignHash_NewEpoch_CountsOnce()
    {
        await SignAsync(_client, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, World.Digest());
        _world.Sam.Epoch = FakeSam.NewEpoch();

        CscResult answer = await SignAsync(_client, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, World.Digest());

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        Assert.That((await _world.ReadUsageAsync(_application.ApiKey)).Today, Is.EqualTo(2));
    }

    [Test]
    public async Task SignHash_RefusedBySam_CountsNothing()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.RefuseNext = (SignPath, ProblemCodes.HsmUnavailable, Problem.Unavailable);

        CscResult refused = await SignAsync(_client, sad, World.Digest());
        long afterRefusal = (await _world.ReadUsageAsync(_application.ApiKey)).Today;
        CscResult repeated = await SignAsync(_client, sad, World.Digest());

        Assert.That((refused.Status, afterRefusal), Is.EqualTo((503, 0L)));
        Assert.That(repeated.Status, Is.EqualTo(200));
        Assert.That((await _world.ReadUsageAsync(_application.ApiKey)).Today, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_RecordForAnotherApplication_LetsNothingOut()
    {
        CscClient direct = _signer;
        string directSad = (await direct.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Authorization.MintFor = _application.Application.ClientId;

        CscResult answer = await SignAsync(direct, directSad, World.Digest());
        _world.Authorization.MintFor = null;

        Assert.That((answer.Status, answer.Error), Is.EqualTo((500, "server_error")), answer.ToString());
        Assert.That((await _world.ReadUsageAsync(_application.ApiKey)).Today, Is.Zero);
    }

    [Test]
    public async Task StoreSignatures_TheSameRecordAgain_CountsOnce()
    {
        byte[] digest = World.Digest();
        await SignAsync(_client, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, digest);
        LogProof proof = (await _world.FindReceiptAsync(digest))!.Proof;
        AuditRecord record = JsonSerializer.Deserialize(proof.Record, AuditJson.Default.AuditRecord)!;
        ReceiptStore receipts = _world.Services.GetRequiredService<ReceiptStore>();

        bool[] stored = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => receipts.StoreSignaturesAsync(
            _credential.Id, proof, record, _world.Clock.GetUtcNow(), CancellationToken.None)));

        Assert.That(stored, Is.All.False);
        Assert.That((await _world.ReadUsageAsync(_application.ApiKey)).Today, Is.EqualTo(1));
        Assert.That(
            () => receipts.StoreSignaturesAsync(
                _credential.Id, proof with { Record = proof.Record + " " }, record, _world.Clock.GetUtcNow(), CancellationToken.None),
            Throws.InstanceOf<DbException>(),
            "another record at the same place is no repetition");
    }

    [Test]
    public async Task Usage_DaysAndMonths_AreThoseOfUtc()
    {
        DateTimeOffset start = _world.Clock.GetUtcNow();
        DateTimeOffset lastDay = new(start.Year + 1, 1, 31, 23, 59, 59, TimeSpan.Zero);
        _world.Clock.Advance(lastDay - start);
        await SignAsync(_client, (await _client.AuthorizeAsync(_credential.Id, 1)).Sad, World.Digest());
        _world.Clock.Advance(TimeSpan.FromSeconds(1));
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;
        await SignAsync(_client, sad, World.Digest(), World.Digest());

        ApplicationUsage now = await _world.ReadUsageAsync(_application.ApiKey);
        ApplicationUsage before = await _world.ReadUsageAsync(_application.ApiKey, $"?month={start.Year + 1}-01");
        ApplicationUsage never = await _world.ReadUsageAsync(_application.ApiKey, "?month=2001-01");
        string table = await _world.Operator.GetStringAsync($"/enrollment/v1/consumption?month={start.Year + 1}-02");
        _world.Clock.Advance(start - _world.Clock.GetUtcNow());

        var first = new DateOnly(start.Year + 1, 2, 1);
        Assert.Multiple(() =>
        {
            Assert.That((now.Today, now.Month), Is.EqualTo((2L, 2L)));
            Assert.That(now.Days, Is.EqualTo(new[] { new DayUsage(first, 2) }));
            Assert.That((before.Today, before.Month), Is.EqualTo((2L, 1L)));
            Assert.That(before.Days, Is.EqualTo(new[] { new DayUsage(first.AddDays(-1), 1) }));
            Assert.That((never.Month, never.Days.Count), Is.EqualTo((0L, 0)));
            Assert.That(
                table,
                Is.EqualTo(string.Create(
                    CultureInfo.InvariantCulture,
                    $"day,client_id,name,owner_name,owner_email,signatures\r\n{first:O},\"{_application.Application.ClientId}\",\"Sample application\",\"Sample owner\",\"owner@example.com\",2\r\n")));
        });
    }

    [Test]
    public async Task Export_ApplicationDeletedSince_StillHasItsName()
    {
        ApplicationCreated gone = await _world.AddApplicationAsync(name: "Gone, \"soon\"");
        CscClient client = _signer.Through(gone.ApiKey);
        await client.SignInAsync();
        await SignAsync(client, (await client.AuthorizeAsync(_credential.Id, 1)).Sad, World.Digest());
        using HttpResponseMessage deletion = await _world.Operator.DeleteAsync($"/enrollment/v1/applications/{gone.Application.ClientId}");

        string table = await _world.Operator.GetStringAsync($"/enrollment/v1/consumption?month={_world.Clock.GetUtcNow():yyyy-MM}");

        Assert.That(table, Does.Contain($"\"{gone.Application.ClientId}\",\"Gone, \"\"soon\"\"\",\"Sample owner\",\"owner@example.com\",1\r\n"));
    }

    [TestCase("?month=2026-13", 400)]
    [TestCase("?month=", 400)]
    [TestCase("?month=0001-01", 400)]
    [TestCase("?month=2026-01&month=2026-02", 400)]
    public async Task Usage_NoMonth_IsRefused(string query, int status)
    {
        CscResult answer = await _client.SendAsync("/application/v1/usage" + query, null, null, method: HttpMethod.Get);

        Assert.That(answer.Refusal, Is.EqualTo((status, "invalid_request", "Invalid parameter month")));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Usage_WithoutAGoodKey_TellsNothing(string? key)
    {
        CscResult answer = await _client.Beside(key).SendAsync("/application/v1/usage", null, $"Bearer {_client.Token}", method: HttpMethod.Get);

        Assert.That((answer.Status, answer.Error, answer.Challenge), Is.EqualTo((401, "invalid_client", "ApiKey")));
    }

    private Task<CscResult> SignAsync(CscClient client, string sad, params byte[][] digests) =>
        client.SignAsync(_credential.Id, sad, digests, Oids.EcdsaWithSha256);
}
