using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary><c>response_uri</c> of asynchronous signatures: where it may be, and what comes there.</summary>
[NonParallelizable]
public sealed class NotificationTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<(string Path, string Body, string Headers)> _received = [];
    private readonly ConcurrentQueue<int> _answers = [];
    private World _world = null!; // Set before the first test, as are the next four.
    private FakeHost _listener = null!;
    private CscClient _signer = null!;
    private ApplicationCreated _application = null!;
    private CredentialCreated _credential = null!;

    private TaskCompletionSource? _hold;

    private string Client => _application.Application.ClientId;

    private string Registered => $"{_listener.Url}done?of=us";

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync("notifications");
        _listener = new FakeHost(_world.Peer, ReceiveAsync, demandsCertificate: false);
        await _listener.StartAsync();
        _application = await _world.AddApplicationAsync();
        CscClient person = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(person, World.P256());
        _signer = person.Through(_application.ApiKey).As(2);
        await _signer.SignInAsync();
        Assert.That(await RegisterAsync(_application.Application.ClientId, Registered), Is.EqualTo(HttpStatusCode.NoContent));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _signer.Dispose();
        await _listener.DisposeAsync();
        await _world.DisposeAsync();
    }

    [SetUp]
    public async Task ForgetAsync()
    {
        _hold = null;
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        await database.Notifications.ExecuteDeleteAsync();
        _received.Clear();
        _answers.Clear();
    }

    [Test]
    public async Task SignHash_RegisteredAddress_IsToldTheIdAndNothingElse()
    {
        CscResult accepted = await StartAsync(Registered);
        string id = (string)accepted.Body["responseID"]!;
        await UntilAsync(() => !_received.IsEmpty);

        (string path, string body, string headers) = _received.Single();
        CscResult result = await _signer.PostAsync("signatures/signPolling", new JsonObject { ["requestID"] = id });
        Assert.Multiple(() =>
        {
            Assert.That(path, Is.EqualTo("POST /done?of=us"));
            Assert.That(body, Is.EqualTo($$"""{"responseID":"{{id}}"}"""));
            Assert.That(headers, Is.EqualTo("Content-Length, Content-Type, Host"), "neither a token nor a trace");
            Assert.That(result.Signatures, Has.Count.EqualTo(1), "when it is told it can be fetched");
        });
    }

    [TestCase("?", Description = "more than was registered")]
    [TestCase("&x=1")]
    public async Task SignHash_AddressThatIsNotRegistered_IsRefused(string more)
    {
        CscResult answer = await StartAsync(Registered + more);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter response_uri")));
        Assert.That(_received, Is.Empty);
    }

    [Test]
    public async Task SignHash_AddressWithoutModeA_IsRefused()
    {
        CscResult answer = await StartAsync(Registered, mode: "S");

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter response_uri")));
    }

    [Test]
    public async Task SignHash_AddressOfAnotherApplication_IsRefused()
    {
        ApplicationCreated other = await _world.AddApplicationAsync();
        CscClient theirs = _signer.Through(other.ApiKey);
        await theirs.SignInAsync();

        CscResult answer = await StartAsync(Registered, client: theirs);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter response_uri")));
    }

    [TestCase("http://127.0.0.1/")]
    [TestCase("https://127.0.0.1/#x")]
    [TestCase("https://user@example.com/")]
    [TestCase("https://EXAMPLE.com/")]
    [TestCase("https://example.com")]
    [TestCase("/done")]
    [TestCase("")]
    public async Task Register_AddressThatIsNone_IsRefused(string address) =>
        Assert.That(await RegisterAsync(_application.Application.ClientId, address), Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task Register_TooManyOrTwiceOrForAnybody_IsRefused()
    {
        string[] many = [.. Enumerable.Range(0, 11).Select(i => $"https://example.com/{i}")];

        Assert.That(await RegisterAsync(_application.Application.ClientId, many), Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            await RegisterAsync(_application.Application.ClientId, "https://example.com/", "https://example.com/"),
            Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await RegisterAsync("direct", "https://example.com/"), Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await RegisterAsync("unknown", "https://example.com/"), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task List_OfApplications_TellsTheAddresses()
    {
        IReadOnlyList<Application>? all = await _world.Operator.GetFromJsonAsync(
            "/enrollment/v1/applications", EnrollmentJson.Default.IReadOnlyListApplication);

        Assert.That(all!.Single(a => a.ClientId == _application.Application.ClientId).ResponseUris, Is.EqualTo(new[] { Registered }));
    }

    [Test]
    public async Task SignHash_NotToldBeforeAStop_IsToldOnceAfterTheStart()
    {
        _answers.Enqueue(500);
        CscResult accepted = await StartAsync(Registered);
        await UntilAsync(() => !_received.IsEmpty);

        await _world.StopServerAsync();
        _world.Clock.Advance(ResponseNotifier.UsualPauses[0]);
        await _world.StartServerAsync();
        await UntilAsync(() => _received.Count == 2);
        await _world.Services.GetRequiredService<ResponseNotifier>().WhenIdleAsync().WaitAsync(Guard);

        Assert.That(_received.Select(r => r.Body), Is.All.EqualTo($$"""{"responseID":"{{accepted.Body["responseID"]}}"}"""));
        Assert.That(_received, Has.Count.EqualTo(2));
        Assert.That(await RowsAsync(), Is.Empty);
    }

    [Test]
    public async Task Begin_AnswersOfFailure_AreTriedAgain()
    {
        _answers.Enqueue(500);
        _answers.Enqueue(503);
        using Process process = NewProcess(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

        await process.Notifier.BeginAsync(Client, Registered, await NewResultAsync());
        await StepAsync(process, times: 4);

        Assert.That(_received, Has.Count.EqualTo(3), "twice in vain");
        Assert.That(process.Outcomes(), Is.EqualTo("delivered 1"));
    }

    [Test]
    public async Task Begin_ARedirectOrNoAnswer_IsNotFollowedAndGivenUp()
    {
        const string Nobody = "https://127.0.0.1:1/";
        using Process process = NewProcess(TimeSpan.Zero);
        string other = await NewApplicationAsync(Nobody);
        _answers.Enqueue(307);
        _answers.Enqueue(302);

        await process.Notifier.BeginAsync(Client, Registered, await NewResultAsync());
        await process.Notifier.BeginAsync(other, Nobody, await NewResultAsync(other));
        await StepAsync(process, times: 3);

        Assert.That(_received.Select(r => r.Path), Is.EqualTo(new[] { "POST /done?of=us", "POST /done?of=us" }));
        Assert.That(process.Outcomes(), Is.EqualTo("failed 2"));
        Assert.That(await RowsAsync(), Is.Empty);
    }

    [Test]
    public async Task Begin_MoreThanAnApplicationMayHaveWaiting_IsDroppedForThisOneOnly()
    {
        using Process process = NewProcess();
        string other = await NewApplicationAsync(Registered);
        for (int i = 0; i <= NotificationStore.MostPerApplication; i++)
        {
            await process.Notifier.BeginAsync(Client, Registered, await NewResultAsync());
        }

        string last = await NewResultAsync(other);
        await process.Notifier.BeginAsync(other, Registered, last);
        await StepAsync(process, times: 1);

        Assert.That(_received.Count(r => r.Body.Contains(last, StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(process.Outcomes(), Is.EqualTo($"delivered {NotificationStore.MostPerApplication + 1}, dropped 1"));
    }

    [Test]
    public async Task Step_ResultHasExpired_IsForgottenAndCounted()
    {
        const string Expired = "remotesigning_server_notifications_total{outcome=\"expired\"}";
        _answers.Enqueue(500);
        using Process process = NewProcess(TimeSpan.FromHours(3));
        double before = await _world.ReadMetricAsync(Expired);
        await process.Notifier.BeginAsync(Client, Registered, await NewResultAsync());
        await StepAsync(process, times: 1);

        _world.Clock.Advance(TimeSpan.FromHours(3));
        await StepAsync(process, times: 1);
        bool isCounted = process.Outcomes() == "expired 1" || await _world.ReadMetricAsync(Expired) - before == 1; // The world's server looks too.
        _world.Clock.Advance(TimeSpan.FromHours(-3));

        Assert.That(isCounted);
        Assert.That(_received, Has.Count.EqualTo(1));
        Assert.That(await RowsAsync(), Is.Empty);
    }

    [Test]
    public async Task Step_ASecondProcessMeanwhile_DoesNotSendIt()
    {
        byte[] identity = RandomNumberGenerator.GetBytes(32);
        using Process first = NewProcess(identity, TimeSpan.Zero);
        using Process second = NewProcess(identity, TimeSpan.Zero);
        _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await first.Notifier.BeginAsync(Client, Registered, await NewResultAsync());

        await first.Notifier.StepAsync(default);
        await UntilAsync(() => !_received.IsEmpty);
        await StepAsync(second, times: 2);
        _hold.SetResult();
        await first.Notifier.WhenIdleAsync().WaitAsync(Guard);
        await StepAsync(second, times: 1);

        Assert.That(_received, Has.Count.EqualTo(1));
        Assert.That((first.Outcomes(), second.Outcomes()), Is.EqualTo(("delivered 1", "")));
    }

    [Test]
    public async Task Take_ManyAtOnce_EachIsTakenOnce()
    {
        NotificationStore store = NewStore(RandomNumberGenerator.GetBytes(32));
        for (int i = 0; i < NotificationStore.MostPerApplication; i++)
        {
            Assert.That(await store.AddAsync(Client, Registered, await NewResultAsync(), default));
        }

        IReadOnlyList<NotificationRow>[] taken = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => store.TakeAsync(3, default))));
        NotificationRow[] rest = [.. await store.TakeAsync(NotificationStore.MostPerApplication, default)];

        NotificationRow[] all = [.. taken.SelectMany(t => t), .. rest];
        Assert.That(all.Select(r => Convert.ToHexString(r.Id)), Is.Unique.And.Exactly(NotificationStore.MostPerApplication).Items);
        Assert.That(all.Select(r => r.Attempts), Is.All.EqualTo(1));
    }

    /// <summary>What a process began and never ended is free again.</summary>
    [Test]
    public async Task Take_TheOneWhoTookItIsGone_IsTakenAgainLater()
    {
        NotificationStore store = NewStore(RandomNumberGenerator.GetBytes(32));
        await store.AddAsync(Client, Registered, await NewResultAsync(), default);
        await store.TakeAsync(1, default);
        IReadOnlyList<NotificationRow> soon = await store.TakeAsync(1, default);

        _world.Clock.Advance(TimeSpan.FromSeconds(30));
        IReadOnlyList<NotificationRow> later = await store.TakeAsync(1, default);

        Assert.That((soon.Count, later.Count, later[0].Attempts), Is.EqualTo((0, 1, 2)));
    }

    [Test]
    public async Task Step_AddressWasTakenBack_NothingIsSentThere()
    {
        using Process process = NewProcess();
        string other = await NewApplicationAsync(Registered);
        await process.Notifier.BeginAsync(other, Registered, await NewResultAsync(other));
        Assert.That(await RegisterAsync(other), Is.EqualTo(HttpStatusCode.NoContent));

        await StepAsync(process, times: 1);

        Assert.That(_received, Is.Empty);
        Assert.That(process.Outcomes(), Is.EqualTo("dropped 1"));
    }

    [Test]
    public async Task Rows_OfTheDatabase_DoNotTellTheId()
    {
        byte[] identity = RandomNumberGenerator.GetBytes(32);
        NotificationStore store = NewStore(identity);
        string id = await NewResultAsync();
        await store.AddAsync(Client, Registered, id, default);

        NotificationRow row = (await RowsAsync()).Single();
        IReadOnlyList<NotificationRow> stranger = await NewStore(RandomNumberGenerator.GetBytes(32)).TakeAsync(1, default);

        Assert.That(JsonSerializer.Serialize(row), Does.Not.Contain(id).And.Not.Contain(Convert.ToBase64String(Encoding.UTF8.GetBytes(id))));
        Assert.That(stranger, Is.Empty, "the key of another process");
        Assert.That(new NotificationKey(identity).Open(row.Id, row.SealedId), Is.EqualTo(id));
        Assert.That(() => new NotificationKey([1]).Open(row.Id, row.SealedId), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public async Task Metrics_OfCallsSignaturesAndRefusals_NameTheApplication()
    {
        string id = _application.Application.ClientId;
        await StartAsync(Registered);
        await UntilAsync(() => !_received.IsEmpty);
        await _world.Services.GetRequiredService<ResponseNotifier>().WhenIdleAsync().WaitAsync(Guard);
        ApplicationCreated limited = await _world.AddApplicationAsync(new ApplicationLimits(SignaturesPerTransaction: 1, SignaturesPerDay: 1, RequestsPerSecond: 1, Burst: 4));
        CscClient client = _signer.Through(limited.ApiKey);
        await client.SignInAsync();
        await client.AuthorizeAsync(_credential.Id, 2);
        CscResult sad = await client.AuthorizeAsync(_credential.Id, 1);
        await client.SignAsync(_credential.Id, sad.Sad, [World.Digest()], Oids.EcdsaWithSha256);
        await client.AuthorizeAsync(_credential.Id, 1);
        CscResult tooMany = await client.AuthorizeAsync(_credential.Id, 1);

        using var health = new HttpClient { BaseAddress = _world.Health };
        string page = await health.GetStringAsync("/metrics");

        string other = limited.Application.ClientId;
        Assert.That(tooMany.Status, Is.EqualTo(429));
        Assert.That(page, Does.Match($"remotesigning_server_calls_total{{application=\"{id}\"}} [1-9]"));
        Assert.That(page, Does.Contain($"remotesigning_server_calls_total{{application=\"{other}\"}} 6"));
        Assert.That(page, Does.Contain($"remotesigning_server_signatures_total{{application=\"{other}\"}} 1"));
        foreach (string limit in (string[])[LimitNames.SignaturesPerTransaction, LimitNames.SignaturesPerDay, LimitNames.Requests])
        {
            Assert.That(page, Does.Contain($"remotesigning_server_limit_refusals_total{{application=\"{other}\",limit=\"{limit}\"}} 1"));
        }

        Assert.That(page, Does.Match("remotesigning_server_notifications_total{outcome=\"delivered\"} [1-9]"));
    }

    /// <summary>Begins what is due and waits until it has ended, so many times.</summary>
    private static async Task StepAsync(Process process, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await process.Notifier.StepAsync(default);
            await process.Notifier.WhenIdleAsync().WaitAsync(Guard);
        }
    }

    private Process NewProcess(params TimeSpan[] pauses) => NewProcess(RandomNumberGenerator.GetBytes(32), pauses);

    /// <summary>A notifier as of another process on the same database, which takes no step by itself.</summary>
    private Process NewProcess(byte[] identity, params TimeSpan[] pauses)
    {
        var metrics = new ServerMetrics();
        var options = new NotificationOptions { TrustedRoot = _world.TlsRoot };
        return new Process(new ResponseNotifier(options, NewStore(identity), pauses, metrics, NullLogger<ResponseNotifier>.Instance), metrics);
    }

    private NotificationStore NewStore(byte[] identity) =>
        new(_world.Services.GetRequiredService<IDbContextFactory<ServerDatabase>>(), new NotificationKey(identity), _world.Clock);

    private async Task<string> NewResultAsync(string? client = null) =>
        (await _world.Services.GetRequiredService<SignatureResultStore>()
            .OpenAsync(Guid.NewGuid().ToString("N"), client ?? Client, TimeSpan.FromHours(1), default))!; // There is room for a signer's first.

    private async Task<string> NewApplicationAsync(string address)
    {
        string client = (await _world.AddApplicationAsync()).Application.ClientId;
        Assert.That(await RegisterAsync(client, address), Is.EqualTo(HttpStatusCode.NoContent));
        return client;
    }

    private async Task<List<NotificationRow>> RowsAsync()
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.Notifications.AsNoTracking().ToListAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        string headers = string.Join(", ", context.Request.Headers.Keys.Order(StringComparer.Ordinal));
        context.Response.StatusCode = _answers.TryDequeue(out int status) ? status : 204;
        context.Response.Headers.Location = $"{_listener.Url}elsewhere";
        _received.Enqueue(($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}", body, headers));
        if (_hold is { } hold)
        {
            await hold.Task;
        }
    }

    private async Task<HttpStatusCode> RegisterAsync(string application, params string[] uris)
    {
        using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(
            $"/enrollment/v1/applications/{application}/response_uris", new ResponseUris(uris), EnrollmentJson.Default.ResponseUris);
        return answer.StatusCode;
    }

    private async Task<CscResult> StartAsync(string address, string mode = "A", CscClient? client = null)
    {
        client ??= _signer;
        string sad = (await client.AuthorizeAsync(_credential.Id, 1)).Sad;
        return await client.PostAsync("signatures/signHash", new JsonObject
        {
            ["credentialID"] = _credential.Id,
            ["SAD"] = sad,
            ["hashes"] = new JsonArray(Convert.ToBase64String(World.Digest())),
            ["signAlgo"] = Oids.EcdsaWithSha256,
            ["operationMode"] = mode,
            ["response_uri"] = address,
        });
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!holds())
        {
            await Task.Delay(10, guard.Token);
        }
    }

    private sealed record Process(ResponseNotifier Notifier, ServerMetrics Metrics) : IDisposable
    {
        private readonly MetricsPage _page = new(i => i.Meter == Metrics.Meter);

        /// <summary>What was counted, as <c>delivered 1, dropped 2</c>.</summary>
        public string Outcomes() => string.Join(
            ", ",
            Regex.Matches(_page.Render(), "_notifications_total{outcome=\"([a-z]+)\"} ([1-9][0-9]*)").Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}"));

        public void Dispose()
        {
            Notifier.Dispose();
            _page.Dispose();
            Metrics.Dispose();
        }
    }
}
