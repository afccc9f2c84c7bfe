using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>What those who run the processes see of them: one trace through all, and the health port of each.</summary>
public sealed class TelemetryTests
{
    private static readonly string[] Processes = ["sam", "authorization", "server", "pki"];

    [Test]
    public async Task SignHash_WithTraceparent_OneTraceInAnswerLogsAuditRecordAndSpans()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string credential = SharedSandbox.Credential("RSA-2048").Id;
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        CscAnswer authorized = await caller.AuthorizeAsync(credential, [hash]);
        // First one without: after it the server knows the SAM's epoch, so the one that is traced asks the SAM once.
        CscAnswer before = await caller.SignHashAsync(credential, authorized.Sad, [hash], "1.2.840.113549.1.1.11");
        Assert.That(before.Status, Is.EqualTo(HttpStatusCode.OK), before.ToString());
        authorized = await caller.AuthorizeAsync(credential, [hash]);
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        caller.TraceParent = $"00-{trace}-00f067aa0ba902b7-01";
        CscAnswer signed = await caller.SignHashAsync(credential, authorized.Sad, [hash], "1.2.840.113549.1.1.11");

        Assert.That((signed.Status, signed.RequestId), Is.EqualTo((HttpStatusCode.OK, trace)), signed.ToString());
        AuditRecord[] records =
        [
            .. File.ReadAllLines(SharedSandbox.Instance.SamLog).Where(l => l.Contains(trace, StringComparison.Ordinal))
                .Select(l => JsonSerializer.Deserialize(l, AuditJson.Default.AuditRecord)!), // A line is never null.
        ];
        Assert.That(records.Where(r => r.Event == AuditEvents.Sign).Select(r => r.TraceId), Is.EqualTo(new[] { trace }));
        foreach (string process in (string[])["server", "authorization", "sam"])
        {
            Assert.That(() => File.ReadAllText(LogOf(process)), Does.Match($"Z {trace} info: ").After(60_000, 100), process);
        }

        Assert.That(() => SpansOf(trace).Select(s => s.Name), Is.SupersetOf(new[] { "SignWithWrapped", "audit.group" }).After(60_000, 100));
        TraceReceiver.Span server = Request("RemoteSigning.Server", trace, "00f067aa0ba902b7");
        TraceReceiver.Span sam = Request("RemoteSigning.Sam", trace, server.Id, "POST /sam/v1/signatures");
        Assert.That(
            () => SpansOf(trace).Where(s => s.Service == "RemoteSigning.Authorization").Select(s => s.ParentId),
            Has.Some.EqualTo(server.Id).After(60_000, 100));
        TraceReceiver.Span hsm = SpansOf(trace).Single(s => s.Name == "SignWithWrapped");
        Assert.That((hsm.Service, hsm.ParentId, hsm.Tags["hsm.mechanism"]), Is.EqualTo(("RemoteSigning.Sam", sam.Id, "CKM_RSA_PKCS")));
    }

    [Test]
    public async Task Enroll_WithTraceparent_TraceReachesThePki()
    {
        OperatorClient @operator = SharedSandbox.Instance.Operator;
        using Activity given = Start(); // HttpClient sends it as traceparent.
        Account account = await @operator.CreateAccountAsync(
            new AccountRequest("traced@example.com", "Traced", "Signer", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)), SampleSigner.Pin),
            CancellationToken.None);
        await @operator.CreateSignerAsync(new SignerRequest(account.Signer, "traced@example.com", "Traced", "Signer"), CancellationToken.None);
        SampleCredential sample = SampleSigner.All[0].Credentials.First(c => c.Algorithm == "P-256");
        await @operator.CreateCredentialAsync(
            account.Signer,
            new CredentialRequest(sample.Label, sample.Key, sample.Purpose, sample.Scal, sample.AuthMode, sample.Pin, sample.Otp),
            CancellationToken.None);
        given.Stop();

        string trace = given.TraceId.ToHexString();
        Assert.That(
            () => SpansOf(trace).Select(s => s.Service).Distinct(),
            Is.EquivalentTo(new[] { "RemoteSigning.Server", "RemoteSigning.Authorization", "RemoteSigning.Sam", "RemoteSigning.Pki" }).After(60_000, 100));
        Assert.That(() => File.ReadAllText(LogOf("pki")), Does.Match($"Z {trace} info: ").After(60_000, 100));
    }

    [TestCaseSource(nameof(Processes))]
    public async Task HealthPort_EachProcess_ReadyAndReadByPromtool(string process)
    {
        using HttpResponseMessage live = await AskAsync(process, "/health/live");
        using HttpResponseMessage ready = await AskAsync(process, "/health/ready");
        using HttpResponseMessage metrics = await AskAsync(process, "/metrics");
        using HttpResponseMessage other = await AskAsync(process, "/");

        Assert.That(
            (live.StatusCode, ready.StatusCode, metrics.StatusCode, other.StatusCode),
            Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound)),
            await ready.Content.ReadAsStringAsync());
        string page = await metrics.Content.ReadAsStringAsync();
        Assert.That(page, Does.Contain("http_server_request_duration_seconds_bucket{").And.Contain("remotesigning_health_check{check=\"listener\"} 1"));
        Assert.That(page, Does.Not.Contain(SharedSandbox.First.Id).And.Not.Contain(SharedSandbox.First.Email).And.Not.Contain(SharedSandbox.Credential("RSA-2048").Id));
        CommandResult judged = Commands.Try("promtool", ["check", "metrics"], input: page);
        Assert.That(judged.ExitCode, Is.Zero, judged.Output + judged.Error);
    }

    [TestCase("sam")]
    [TestCase("authorization")]
    [TestCase("pki")]
    public async Task Ready_HsmGone_503UntilItIsBack(string process)
    {
        string tokens = SharedSandbox.Instance.Hsm(process).TokenFolder;
        Directory.Move(tokens, $"{tokens}.away");
        try
        {
            Assert.That(await FailingAsync(process), Is.EqualTo(new[] { "hsm" }));
        }
        finally
        {
            Directory.Move($"{tokens}.away", tokens);
        }

        Assert.That(await FailingAsync(process), Is.Empty);
    }

    [TestCaseSource(nameof(Processes))]
    public async Task MainPorts_PathsOfTheHealthPort_AreNotThere(string process)
    {
        SandboxDescription sandbox = SharedSandbox.Instance.Description;
        (string address, SandboxDescription.PemPair? identity) = process switch
        {
            "sam" => (sandbox.Sam, sandbox.SamClients.Operator),
            "authorization" => (sandbox.Authorization, sandbox.SamClients.Operator),
            "pki" => (sandbox.Pki, sandbox.PkiClients.RegistrationAuthority),
            _ => (sandbox.Server, null),
        };
        using HttpClient http = OperatorClient.CreateHttp(sandbox.TlsRoot, identity);
        foreach (string path in (string[])["/health/live", "/health/ready", "/metrics"])
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri(address + path));
            Assert.That((answer.StatusCode, path), Is.EqualTo((HttpStatusCode.NotFound, path)));
        }
    }

    private static Activity Start()
    {
        var activity = new Activity("test");
        activity.SetIdFormat(ActivityIdFormat.W3C);
        return activity.Start();
    }

    private static string LogOf(string process) => Path.Combine(SharedSandbox.Instance.Description.Logs, $"{process}.log");

    private static IEnumerable<TraceReceiver.Span> SpansOf(string trace) => SharedSandbox.Traces.Spans.Where(s => s.TraceId == trace);

    /// <summary>The span of a request at a process, whose caller's span is known.</summary>
    private static TraceReceiver.Span Request(string service, string trace, string parent, string? name = null)
    {
        Assert.That(
            () => SpansOf(trace).Count(s => s.Service == service && s.ParentId == parent && (name ?? s.Name) == s.Name),
            Is.EqualTo(1).After(60_000, 100),
            service);
        return SpansOf(trace).Single(s => s.Service == service && s.ParentId == parent && (name ?? s.Name) == s.Name);
    }

    private static async Task<HttpResponseMessage> AskAsync(string process, string path)
    {
        using var http = new HttpClient();
        return await http.GetAsync(new Uri(SharedSandbox.Instance.Description.Health[process] + path));
    }

    private static async Task<IEnumerable<string?>> FailingAsync(string process)
    {
        using HttpResponseMessage answer = await AskAsync(process, "/health/ready");
        JsonArray checks = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["checks"]!.AsArray();
        string?[] failing = [.. checks.Where(c => (string?)c!["state"] != "ok").Select(c => (string?)c!["name"])];
        Assert.That(answer.StatusCode, Is.EqualTo(failing.Length == 0 ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable));
        return failing;
    }
}
