using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>Each refusal that the operations of the administration listener have alike, at each of them; the last test ends the database.</summary>
[NonParallelizable]
public sealed class EveryAdministrationOperationTests
{
    private const string HideTables =
        """
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'server' LOOP
                EXECUTE format('ALTER TABLE server.%I RENAME TO %I', name, 'hidden_' || name);
            END LOOP;
        END $$
        """;

    private DirectoryInfo _folder = null!; // Set before the first test, as are the next six.
    private PrivatePostgres _postgres = null!;
    private World _world = null!;
    private CscClient _signer = null!;
    private CredentialCreated _credential = null!;
    private ApplicationCreated _application = null!;
    private HttpClient _anybody = null!;
    private bool _away;

    private static DescribedApi Api => DescribedApi.All.Single(a => a.Base == "/enrollment/v1");

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("rs-server-administration-");
        _postgres = PrivatePostgres.Start(Path.Combine(_folder.FullName, "postgres"), Path.Combine(_folder.FullName, "postgres.log"));
        _world = await World.StartAsync("administration", _postgres);
        _signer = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_signer, World.P256());
        _application = await _world.AddApplicationAsync();
        _anybody = _world.Http(null, _world.Public);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _anybody.Dispose();
        _signer.Dispose();
        await _world.DisposeAsync();
        StopDatabase();
        _folder.Delete(recursive: true);
    }

    [Test]
    [Order(1)]
    public void EachOperation_UnregisteredCertificate_GetsNoConnection()
    {
        using HttpClient stranger = _world.Http(_world.Stranger, _world.Administration);
        foreach ((string method, string path, JsonObject operation) in Api.Operations)
        {
            Assert.That(() => SendAsync(stranger, method, path, Example(operation)), Throws.InstanceOf<HttpRequestException>(), $"{method} {path}");
        }
    }

    [Test]
    [Order(2)]
    public async Task EachBody_NotWhatIsTaken_IsRefused()
    {
        (string Body, string Answer)[] cases =
        [
            ("null", "400 malformed: The body must be a JSON object."),
            ("[]", "400 malformed: The request is not what this function takes."),
            ($$"""{"x":"{{new string('x', 1 << 20)}}"}""", "413 too_large: The request is too large."),
        ];
        foreach ((string method, string path, _) in Api.Operations.Where(o => o.Operation.ContainsKey("requestBody")))
        {
            foreach ((string body, string answer) in cases)
            {
                Assert.That(await SendAsync(_world.Operator, method, path, body), Is.EqualTo(answer), path);
            }
        }
    }

    [TestCase("POST", "/applications", """{"limits":{"signatures_per_transaction":0}}""", "400 malformed: A transaction may have 1 to 1,000 signatures.")]
    [TestCase("POST", "/applications", """{"limits":{"signatures_per_day":0}}""", "400 malformed: A day may have 1 to 1,000,000,000 signatures.")]
    [TestCase(
        "POST", "/applications", """{"limits":{"burst":5}}""",
        "400 malformed: A rate is 1 to 100,000 requests per second; a burst, 1 to 100,000 requests, needs a rate.")]
    [TestCase("POST", "/signers/{signer}/credentials", """{"policy":"other"}""", "400 malformed: The policy must be delegated or device.")]
    [TestCase(
        "POST", "/signers/{signer}/credentials", """{"policy":"device"}""", "400 malformed: The terms are told by their SHA-256; policy device needs it.")]
    [TestCase(
        "POST", "/signers/{signer}/credentials", """{"policy":"device","terms_digest":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","max_devices":4}""",
        "400 malformed: A signer may register 1 to 3 devices for a key.")]
    [TestCase("GET", "/signers/{signer}/credentials/nobodys/devices", null, "404 not_found: The signer has no such credential.")]
    [TestCase("GET", "/signers/{signer}/credentials/{id}/devices", null, "200 : ")]
    [TestCase("GET", "/consumption?month=x", null, "400 malformed: The month is written YYYY-MM.")]
    [TestCase("DELETE", "/reseal", null, "404 not_found: No run was begun.")]
    [Order(3)]
    public async Task Operation_ChangedExample_IsAnsweredAsDescribed(string method, string path, string? change, string answer)
    {
        string body = "";
        if (change is not null)
        {
            JsonObject example = JsonNode.Parse(Example(Api.Operations.Single(o => (o.Method, o.Path) == (method, Api.Base + path)).Operation))!.AsObject();
            foreach ((string name, JsonNode? value) in JsonNode.Parse(change)!.AsObject())
            {
                example[name] = value!.DeepClone();
            }

            body = example.ToJsonString();
        }

        Assert.That(await SendAsync(_world.Operator, method, Api.Base + path, body), Is.EqualTo(answer));
    }

    [Test]
    [Order(4)]
    public async Task EachOperation_TablesOrDatabaseGone_TellsWhichOfThemIsTransient()
    {
        (string Method, string Path, string Body)[] operations =
        [
            .. Api.Operations.Select(o => (o.Method, o.Path, Example(o.Operation))),
        ];
        await using (ServerDatabase database = World.OpenDatabase(_world.Database))
        {
            await database.Database.ExecuteSqlRawAsync(HideTables);
        }

        foreach ((string method, string path, string body) in operations)
        {
            Assert.That(
                await SendAsync(_world.Operator, method, path, body), Is.EqualTo("500 internal: The service failed. Its log knows why."), $"{method} {path}");
        }

        Assert.That(await UseAsync(), Does.StartWith("500 server_error: "));
        StopDatabase();
        foreach ((string method, string path, string body) in operations)
        {
            string answer = await SendAsync(_world.Operator, method, path, body);
            Assert.That(answer, Is.EqualTo("503 service_unavailable: The database cannot be reached."), $"{method} {path}");
        }

        Assert.That(await UseAsync(), Does.StartWith("503 temporarily_unavailable: "));
    }

    private static string Example(JsonObject operation) => operation["requestBody"] is not { } body
        ? ""
        : Api.Resolve(body)["content"]!["application/json"]!["examples"]!.AsObject().First().Value!["value"]!.ToJsonString();

    private void StopDatabase()
    {
        if (!_away)
        {
            _away = true;
            _postgres.Dispose();
        }
    }

    private Task<string> UseAsync()
    {
        _anybody.DefaultRequestHeaders.Remove("X-API-Key");
        _anybody.DefaultRequestHeaders.Add("X-API-Key", _application.ApiKey);
        return SendAsync(_anybody, "GET", UsageEndpoint.Path, "");
    }

    private async Task<string> SendAsync(HttpClient caller, string method, string path, string body)
    {
        string query = path.EndsWith("/receipts", StringComparison.Ordinal) ? $"?digest={new string('0', 64)}"
            : path.EndsWith("/consumption", StringComparison.Ordinal) ? "?month=2026-01" : "";
        string place = path.Replace("{signer}", _signer.Signer, StringComparison.Ordinal)
            .Replace("{id}", _credential.Id, StringComparison.Ordinal)
            .Replace("{clientId}", _application.Application.ClientId, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(method), place + query);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.ExpectContinue = true; // What is too large is refused unread, and the connection closed.
        }

        using HttpResponseMessage answer = await caller.SendAsync(request);
        JsonNode? told = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        return $"{(int)answer.StatusCode} {told?["code"] ?? told?["error"]}: {told?["detail"] ?? told?["error_description"]}";
    }
}
