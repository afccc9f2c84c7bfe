using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Options;
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
    public void Forget()
    {
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
    public async Task Begin_AnswersOfFailure_AreTriedAgain()
    {
        _answers.Enqueue(500);
        _answers.Enqueue(503);
        using var metrics = new ServerMetrics();
        using ResponseNotifier notifier = Notifier(metrics, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);

        notifier.Begin("one", Registered, "id");
        await notifier.WhenIdleAsync().WaitAsync(Guard);

        Assert.That(_received, Has.Count.EqualTo(3), "twice in vain");
    }

    [Test]
    public async Task Begin_ARedirectOrNoAnswer_IsNotFollowedAndGivenUp()
    {
        using var metrics = new ServerMetrics();
        using ResponseNotifier notifier = Notifier(metrics, TimeSpan.Zero);
        _answers.Enqueue(307);
        _answers.Enqueue(302);

        notifier.Begin("one", Registered, "id");
        notifier.Begin("one", "https://127.0.0.1:1/", "id");
        await notifier.WhenIdleAsync().WaitAsync(Guard);

        Assert.That(_received.Select(r => r.Path), Is.EqualTo(new[] { "POST /done?of=us", "POST /done?of=us" }));
    }

    [Test]
    public async Task Begin_MoreThanAnApplicationMayHaveWaiting_IsDroppedForThisOneOnly()
    {
        using var metrics = new ServerMetrics();
        using ResponseNotifier notifier = Notifier(metrics, TimeSpan.FromHours(1));
        foreach (int _ in Enumerable.Range(0, ResponseNotifier.MostPerApplication + 1))
        {
            _answers.Enqueue(500);
        }

        for (int i = 0; i <= ResponseNotifier.MostPerApplication; i++)
        {
            notifier.Begin("one", Registered, $"{i}");
        }

        notifier.Begin("other", Registered, "other");
        await UntilAsync(() => _received.Count == ResponseNotifier.MostPerApplication + 1);
        await ((IHostedService)notifier).StopAsync(default).WaitAsync(Guard);

        Assert.That(_received.Count(r => r.Body.Contains("other", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(_received, Has.Count.EqualTo(ResponseNotifier.MostPerApplication + 1), "and a stop waits for no hour");
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

    private ResponseNotifier Notifier(ServerMetrics metrics, params TimeSpan[] pauses) => new(
        new NotificationOptions { TrustedRoot = _world.TlsRoot }, pauses, metrics, NullLogger<ResponseNotifier>.Instance);

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync(context.RequestAborted);
        string headers = string.Join(", ", context.Request.Headers.Keys.Order(StringComparer.Ordinal));
        context.Response.StatusCode = _answers.TryDequeue(out int status) ? status : 204;
        context.Response.Headers.Location = $"{_listener.Url}elsewhere";
        _received.Enqueue(($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}", body, headers));
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
}
