using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>The signing server dies in the middle of a load: what it counts in the end is what the real SAM's log holds.</summary>
public sealed class ConsumptionTests
{
    private const int Calls = 100;
    private const int KillAfter = 30;
    private const int HashesPerCall = 3;

    private RunningSandbox _sandbox = null!; // Set before each test.

    private SandboxDescription.Application Application => _sandbox.Description.Applications[0];

    [SetUp]
    public async Task StartAsync() => _sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(
            Path.Combine(Installation.Current.Artifacts, "end-to-end", "consumption"), "pin", SampleSigner.One, WithAgent: false),
        Steps.Silent,
        CancellationToken.None);

    [TearDown]
    public async Task StopAsync() => await _sandbox.DisposeAsync();

    [Test]
    public async Task ServerKilled_DuringALoad_EachSignatureOfTheLogIsCountedOnce()
    {
        using CscCaller caller = await CscCaller.LoginAsync(_sandbox.Description, _sandbox.Description.Signers[0], Application.ApiKey);
        int done = 0;
        int signed = 0;
        Task killed = Task.CompletedTask;
        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            Interlocked.Add(ref signed, await SignAsync(caller));
            if (Interlocked.Increment(ref done) == KillAfter)
            {
                _sandbox.Server.Kill();
                await (killed = _sandbox.Server.StartAsync(CancellationToken.None));
            }
        });
        await killed;

        CommandResult recovered = _sandbox.RecoverSignatures();
        CommandResult again = _sandbox.RecoverSignatures();

        int logged = AuditLog.SignedRecords(_sandbox).Where(r => r.ClientId == Application.ClientId).Sum(r => r.Digests!.Count);
        ApplicationUsage[] usage = [.. await Task.WhenAll(Months().Select(ReadUsageAsync))];
        TestContext.Out.WriteLine($"{signed} signatures received, {logged} in the log. {recovered.Output}");
        Assert.Multiple(() =>
        {
            Assert.That(recovered.ExitCode, Is.Zero, recovered.Error);
            Assert.That(again.Output, Does.Contain("Stored and counted 0 "), again.Error);
            Assert.That(usage.Sum(u => u.Month), Is.EqualTo(logged));
            Assert.That(signed, Is.GreaterThanOrEqualTo(KillAfter), "there was a load before the server died");
            Assert.That(logged, Is.GreaterThanOrEqualTo(signed));
        });
    }

    /// <returns>How many signatures came back.</returns>
    private async Task<int> SignAsync(CscCaller caller)
    {
        string id = _sandbox.Description.Signers[0].Credentials[0].Id;
        byte[][] hashes = [.. Enumerable.Range(0, HashesPerCall).Select(_ => RandomNumberGenerator.GetBytes(32))];
        try
        {
            CscAnswer authorized = await caller.AuthorizeAsync(id, hashes);
            CscAnswer answer = await caller.SignHashAsync(id, authorized.Sad, hashes, Oids.Sha256WithRsa);
            return answer.Status == HttpStatusCode.OK ? answer.Signatures.Count : 0;
        }
        catch (HttpRequestException)
        {
            return 0; // The server is away.
        }
    }

    /// <summary>The months of the first and the last record: a test may run at midnight.</summary>
    private IEnumerable<string> Months() => AuditLog.SignedRecords(_sandbox)
        .Select(r => DateTimeOffset.Parse(r.Time, CultureInfo.InvariantCulture).ToString("yyyy-MM", CultureInfo.InvariantCulture))
        .Append(DateTimeOffset.UtcNow.ToString("yyyy-MM", CultureInfo.InvariantCulture))
        .Distinct();

    private async Task<ApplicationUsage> ReadUsageAsync(string month)
    {
        using HttpClient http = OperatorClient.CreateHttp(_sandbox.Description.TlsRoot, identity: null);
        http.DefaultRequestHeaders.Add("X-API-Key", Application.ApiKey);
        return (await http.GetFromJsonAsync(
            $"{_sandbox.Description.Server}/application/v1/usage?month={month}", EnrollmentJson.Default.ApplicationUsage))!;
    }
}
