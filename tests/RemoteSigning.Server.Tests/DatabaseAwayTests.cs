using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Telemetry;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>What callers are told while PostgreSQL is away; each test ends a cluster of its own.</summary>
[NonParallelizable]
public sealed class DatabaseAwayTests
{
    private const string Unavailable =
        "The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.";

    private DirectoryInfo _folder = null!; // Set before each test, as are the next five.
    private PrivatePostgres _postgres = null!;
    private World _world = null!;
    private LogCapture _log = null!;
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;
    private bool _away;

    [SetUp]
    public async Task PrepareAsync()
    {
        _away = false;
        _folder = Directory.CreateTempSubdirectory("rs-server-away-");
        _postgres = PrivatePostgres.Start(Path.Combine(_folder.FullName, "postgres"), Path.Combine(_folder.FullName, "postgres.log"));
        _world = await World.StartAsync("away", _postgres);
        _log = new LogCapture();
        _world.Services.GetRequiredService<ILoggerFactory>().AddProvider(_log);
        _client = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_client, World.P256());
    }

    [TearDown]
    public async Task CleanUpAsync()
    {
        _client.Dispose();
        await _world.DisposeAsync();
        _log.Dispose();
        StopDatabase();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Ready_DatabaseAway_503NamesIt()
    {
        using var health = new HttpClient { BaseAddress = _world.Health };
        Assert.That(await health.GetStringAsync("/health/ready"), Is.EqualTo(
            """{"status":"ready","checks":[{"name":"database","state":"ok"},{"name":"listener","state":"ok"}]}"""));

        StopDatabase();

        using HttpResponseMessage answer = await health.GetAsync("/health/ready");
        Assert.That(answer.StatusCode, Is.EqualTo(System.Net.HttpStatusCode.ServiceUnavailable));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo(
            """{"status":"not_ready","checks":[{"name":"database","state":"failed","reason":"it does not answer"},{"name":"listener","state":"ok"}]}"""));
    }

    [Test]
    public async Task EveryListener_DatabaseAway_IsUnavailable()
    {
        StopDatabase();

        CscResult list = await _client.PostAsync("credentials/list", "{}");
        CscResult authorize = await _client.AuthorizeAsync(_credential.Id, 1);
        CscResult sign = await _client.SignAsync(_credential.Id, "x", [World.Digest()], Oids.EcdsaWithSha256);
        using HttpResponseMessage enroll = await _world.TryEnrollAsync(_client, World.P256());
        using HttpResponseMessage receipt = await _world.Operator.GetAsync("/enrollment/v1/receipts?digest=00");
        using HttpResponseMessage delete = await _world.Operator.DeleteAsync(
            $"/enrollment/v1/signers/{_client.Signer}/credentials/{_credential.Id}");

        Assert.Multiple(() =>
        {
            foreach (CscResult answer in (CscResult[])[list, authorize, sign])
            {
                Assert.That(answer.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unavailable)));
            }

            Assert.That(_log.Of(6005).Count(), Is.EqualTo(3));
        });
        foreach (HttpResponseMessage answer in (HttpResponseMessage[])[enroll, receipt, delete])
        {
            await AssertProblemAsync(answer, "The database cannot be reached.");
        }

        Assert.That(_world.Sam.Key(_credential.KeyId).Deleted, Is.False);
    }

    [Test]
    public async Task SignHash_DatabaseGoneAfterTheSamHasSigned_WithholdsTheSignaturesAndLogsThem()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        string? jti = null;
        _world.Sam.ForgeNext = answer =>
        {
            StopDatabase();
            jti = _world.Sam.Log.Records[^1].Jti;
            return answer;
        };

        CscResult answer = await _client.SignAsync(_credential.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unavailable)));
            Assert.That(answer.Body.ContainsKey("signatures"), Is.False);
            Assert.That(_world.Authorization.Outcomes, Is.Empty, "a signature was made: the units stay taken");
            Assert.That(
                _log.Of(6105).Single(),
                Does.StartWith($"The SAM has signed 1 digests with credential {_credential.Id} (SAD {jti}, record ")
                    .And.Contain("its proof could not be stored"));
        });
        Assert.That(await _world.ReadIncidentsAsync(IncidentNames.ProofNotStored), Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_AsynchronousAndDatabaseGone_CountsTheResultThatIsLost()
    {
        CscClient client = _client.As(2);
        string sad = (await client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.ForgeNext = answer =>
        {
            StopDatabase();
            return answer;
        };

        await client.PostAsync("signatures/signHash", new JsonObject
        {
            ["credentialID"] = _credential.Id,
            ["SAD"] = sad,
            ["hashes"] = new JsonArray(Convert.ToBase64String(World.Digest())),
            ["signAlgo"] = Oids.EcdsaWithSha256,
            ["operationMode"] = "A",
        });

        Assert.That(() => _world.ReadIncidentsAsync(IncidentNames.ResultNotStored), Is.EqualTo(1).After(60_000, 50));
    }

    [Test]
    public async Task Enroll_DatabaseGoneAfterAStep_NamesTheStep()
    {
        _world.Sam.Before = request =>
        {
            if (request == "PUT /sam/v1/key_pairs/$body")
            {
                StopDatabase();
            }
        };

        using HttpResponseMessage answer = await _world.TryEnrollAsync(_client, World.P256());

        await AssertProblemAsync(answer, "The step \"certify\" failed: The database cannot be reached.");
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, string detail)
    {
        ProblemDocument problem = (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.ProblemDocument))!;
        Assert.Multiple(() =>
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(503), problem.ToString());
            Assert.That(problem.Code, Is.EqualTo(ProblemCodes.ServiceUnavailable));
            Assert.That(problem.Detail, Does.StartWith(detail));
        });
    }

    private void StopDatabase()
    {
        if (!_away)
        {
            _away = true;
            _postgres.Dispose();
        }
    }
}
