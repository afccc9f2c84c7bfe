using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>A node whose PKCS#11 module is in a process of its own, which leaks, crashes, hangs, is replaced and killed.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class HsmWorkerTests
{
    private const string FaultsFolder = "HSM_FAULTS_FOLDER";

    private TestNode _node = null!; // Set before each test runs.
    private KeyPair _key = null!;
    private string _pinFile = "";
    private string _faults = "";

    [SetUp]
    public async Task Make()
    {
        string label = Guid.NewGuid().ToString("N");
        _pinFile = TestToken.Store.CreateToken(label);
        _node = TestNode.New(new TestSetup { TokenLabel = label, PinFile = _pinFile });
        await _node.StartAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
        await _node.StopAsync();
        _faults = Directory.CreateDirectory(Path.Combine(_node.Folder, "faults")).FullName;
        Environment.SetEnvironmentVariable(FaultsFolder, _faults);
    }

    [TearDown]
    public async Task Stop()
    {
        await _node.DisposeAsync();
        Environment.SetEnvironmentVariable(FaultsFolder, null);
        Assert.That(() => _node.Workers.All(w => w.Ended.IsCompleted), Is.True.After(30_000, 50), "a worker outlived its node");
    }

    [Test]
    public async Task Sign_WorkerIsReplacedUnderLoad_NoRequestFailsAndTheEpochStays()
    {
        await StartAsync(("RecycleAfterOperations", 100));
        string epoch = await _node.EpochAsync();

        List<Reply> replies = [];
        for (int round = 0; round < 50 && _node.Workers.Count < 3; round++) // A fast machine is done with a round before a worker is ready.
        {
            replies.AddRange(await SignAsync(callers: 4, each: 40, () => Task.FromResult(epoch)));
        }

        Assert.That(replies.Select(r => r.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(_node.Workers, Has.Count.GreaterThanOrEqualTo(3));
        Assert.That(await _node.EpochAsync(), Is.EqualTo(epoch));
        Assert.That(() => _node.Workers.Count(w => !w.Ended.IsCompleted), Is.EqualTo(1).After(30_000, 50));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Sign_WorkerIsKilledUnderLoad_NoneIsLostAndTheEpochIsNew()
    {
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        string epoch = await _node.EpochAsync();

        Task<Reply[]> signing = SignAsync(callers: 4, each: 30, _node.EpochAsync);
        Assert.That(() => _node.Records().Count, Is.GreaterThan(20).After(60_000, 10));
        Signal("KILL", _node.Workers.First().Id);
        Reply[] replies = await signing;

        Assert.That(replies.Select(r => (r.Status, r.Body)), Is.All.Matches<(HttpStatusCode Status, string)>(r => r.Status == HttpStatusCode.OK));
        Assert.That(_node.Workers, Has.Count.EqualTo(2));
        Assert.That(await _node.EpochAsync(), Is.Not.EqualTo(epoch));
        Assert.That(_node.AdministrationRecords()[^1].Reason, Does.Contain("the login at the HSM was lost"));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Sign_ModuleCrashesInTheMiddle_IsRepeatedOnce()
    {
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        File.WriteAllText(Path.Combine(_faults, "crash"), "");

        Reply[] replies = await SignAsync(callers: 1, each: 2, _node.EpochAsync);

        Assert.That(replies.Select(r => r.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(File.Exists(Path.Combine(_faults, "crash")), Is.False);
        Assert.That(_node.Workers, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Metrics_WorkerCrashed_TellWhyAnotherOneStartedAndItsMemory()
    {
        using var health = new HealthPort();
        health.Configure(_node);
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        File.WriteAllText(Path.Combine(_faults, "crash"), "");

        await SignAsync(callers: 1, each: 1, _node.EpochAsync);

        IReadOnlyDictionary<string, double> samples = (await health.MetricsAsync()).Samples;
        Assert.That(
            samples.Where(s => s.Key.StartsWith("remotesigning_hsm_worker_starts_total", StringComparison.Ordinal)),
            Is.EquivalentTo(((string, double)[])[("start", 1), ("crash", 1), ("memory", 0), ("operations", 0), ("age", 0), ("deadline", 0), ("protocol", 0)])
                .Using<KeyValuePair<string, double>, (string Reason, double Value)>(
                    (sample, asked) => sample.Key == $"remotesigning_hsm_worker_starts_total{{reason=\"{asked.Reason}\"}}" && sample.Value == asked.Value));
        Assert.That(samples["remotesigning_hsm_worker_memory_bytes"], Is.InRange(1 << 20, 4L << 30));
    }

    [Test]
    public async Task Sign_ModuleHangs_IsUnavailableOnceAndTheNextOneWorks()
    {
        _node.Configure(sam => sam["HsmDeadline"] = "00:00:20");
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        SignaturesRequest request = DeviceKey.NewRequest(_key);
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        File.WriteAllText(Path.Combine(_faults, "hang"), "");

        Reply hung = await _node.Client.SignAsync(request, sad);

        hung.MustBe(HttpStatusCode.ServiceUnavailable, "hsm_unavailable");
        Reply[] replies = await SignAsync(callers: 1, each: 2, _node.EpochAsync);
        Assert.That(replies.Select(r => r.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(() => _node.Workers.First().Ended.IsCompleted, Is.True.After(30_000, 50));
    }

    [Test]
    public async Task Sign_ModuleLeaks_WorkerIsReplacedByItsMemory()
    {
        await StartAsync(("RecycleAboveMiB", 256));
        File.WriteAllText(Path.Combine(_faults, "leak"), (16 << 20).ToString(CultureInfo.InvariantCulture));

        // What the worker tells of its memory is up to a second old.
        for (int i = 0; i < 200 && _node.Workers.Count < 2; i++)
        {
            Assert.That((await SignAsync(1, 1, _node.EpochAsync))[0].Status, Is.EqualTo(HttpStatusCode.OK));
        }

        Assert.That(() => _node.Workers.First().Ended.IsCompleted, Is.True.After(30_000, 50));
        Assert.That((await SignAsync(1, 1, _node.EpochAsync))[0].Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_PinWasChangedAndTheWorkerIsKilled_ThePinIsTriedOnceOnly()
    {
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        Assert.That(Logins, Is.EqualTo(1));
        string epoch = await _node.EpochAsync();
        string pin = File.ReadAllText(_pinFile);
        OwnerOnly.Write(_pinFile, "00000000");
        Signal("KILL", _node.Workers.First().Id);
        await _node.Workers.First().Ended;

        for (int i = 0; i < 5; i++)
        {
            SignaturesRequest request = DeviceKey.NewRequest(_key);
            Reply reply = await _node.Client.SignAsync(request, TestSad.For(_node, request, epoch).Sign(_node.As1));
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        }

        Assert.That(() => Logins, Is.EqualTo(2).After(30_000, 50));
        Assert.That(_node.Workers, Has.Count.EqualTo(2));

        Assert.ThrowsAsync<ProblemException>(_node.StopAsync, "the stop cannot be recorded");
        OwnerOnly.Write(_pinFile, pin);
        await _node.StartAsync();
        Assert.That((await SignAsync(1, 1, _node.EpochAsync))[0].Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public void Start_PinIsWrong_IsTriedOnceAndSaid()
    {
        OwnerOnly.Write(_pinFile, "00000000");

        StartException refusal = Assert.ThrowsAsync<StartException>(() => StartAsync(("RecycleAfter", "1.00:00:00")))!;

        Assert.That(refusal.Message, Does.Contain("0xA0").And.Contain("tokens lock"));
        Assert.That(Logins, Is.EqualTo(1));
    }

    [Test]
    public async Task Worker_AskedToEndByASignal_GoesOn()
    {
        await StartAsync(("RecycleAfter", "1.00:00:00"));
        foreach (string signal in (string[])["TERM", "INT", "HUP"])
        {
            Signal(signal, _node.Workers.First().Id);
        }

        Assert.That((await SignAsync(1, 3, _node.EpochAsync)).Select(r => r.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(_node.Workers, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Lock_AfterTampering_EndsTheWorker()
    {
        await StartAsync(("RecycleAfter", "1.00:00:00"));

        await _node.LockAsync();

        Assert.That(_node.Workers.First().Ended.IsCompleted);
    }

    [Test]
    public async Task Process_IsKilled_TheWorkerDiesWithItAndOnlyTheWorkerHadTheModule()
    {
        Configure(("RecycleAfter", "1.00:00:00"));
        using var process = new NodeProcess(_node);
        process.Start();
        _ = await NodeProcess.WaitAsync(_node.Client);
        int node = process.Id;
        int worker = int.Parse(
            Sandbox.Commands.Run("pgrep", ["--parent", node.ToString(CultureInfo.InvariantCulture)]).Trim(), CultureInfo.InvariantCulture);
        Assert.That(File.ReadAllText($"/proc/{node}/maps"), Does.Not.Contain("hsm_faults").And.Not.Contain("softhsm"));
        Assert.That(File.ReadAllText($"/proc/{worker}/maps"), Does.Contain("hsm_faults"));
        Assert.That(File.ReadAllText($"/proc/{worker}/cmdline"), Does.EndWith("RemoteSigning.Sam.dll\0hsm-worker\0"));
        Assert.That(File.ReadAllText($"/proc/{worker}/limits"), Does.Match("Max core file size +0 +0 "));

        Signal("KILL", node);

        Assert.That(() => Directory.Exists($"/proc/{worker}"), Is.False.After(30_000, 50));
    }

    [TestCase("", 0)]
    [TestCase("anything else", 1)]
    public void HsmWorker_StartedByAStranger_TakesNothingAndEnds(string input, int code)
    {
        CommandResult result = Sandbox.Commands.Try(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll"), "hsm-worker"], input: input);

        Assert.That(result.ExitCode, Is.EqualTo(code), result.Error);
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, code == 0 ? Is.Empty : Does.Contain("malformed"));
    }

    [TestCase("RecycleAboveMiB", 64)]
    [TestCase("RecycleAfterOperations", 99)]
    [TestCase("RecycleAfter", "00:00:59")]
    public void Start_LimitIsTooLow_IsRefused(string limit, object value) => Assert.That(
        Assert.ThrowsAsync<StartException>(() => StartAsync((limit, value)))!.Message, Does.Contain("Sam:Hsm:Worker"));

    private int Logins => File.ReadAllLines(Path.Combine(_faults, "logins")).Length;

    private static void Signal(string signal, int process) =>
        Sandbox.Commands.Run("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);

    private void Configure((string Limit, object Value) limit) => _node.Configure(sam =>
    {
        sam["Hsm"]!["Module"] = Path.Combine(Installation.Current.Artifacts, "native", "hsm_faults.so"); // The section is there.
        sam["Hsm"]!["Worker"] = new JsonObject { [limit.Limit] = JsonValue.Create(limit.Value) };
    });

    private Task StartAsync((string Limit, object Value) limit)
    {
        Configure(limit);
        return _node.StartAsync();
    }

    /// <summary>Signs as an SSA does it: a SAD of an epoch that has ended meanwhile is replaced by another one.</summary>
    private async Task<Reply[]> SignAsync(int callers, int each, Func<Task<string>> epoch)
    {
        async Task<Reply[]> CallAsync()
        {
            List<Reply> replies = [];
            while (replies.Count < each)
            {
                SignaturesRequest request = DeviceKey.NewRequest(_key);
                Reply reply = await _node.Client.SignAsync(request, TestSad.For(_node, request, await epoch()).Sign(_node.As1));
                if (reply.Status == HttpStatusCode.OK)
                {
                    Assert.That(TestKey.Verifies(
                        _key, Oids.EcdsaWithSha256, [], request.Requests[0].Dtbs, reply.Signatures.Values[0]));
                }

                if (!reply.Body.Contains("sad_wrong_epoch", StringComparison.Ordinal))
                {
                    replies.Add(reply);
                }
            }

            return [.. replies];
        }

        return [.. (await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync)))).SelectMany(r => r)];
    }
}
