using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>What each start looks for in the logs that the configuration names.</summary>
[NonParallelizable]
public sealed class StartRecoveryTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private DirectoryInfo _folder = null!; // Set before each test, as are the next three.
    private World _world = null!;
    private CscClient _signer = null!;
    private CredentialCreated _credential = null!;

    private string LogFile => Path.Combine(_folder.FullName, "service.log");

    [SetUp]
    public async Task PrepareAsync()
    {
        _folder = Directory.CreateTempSubdirectory("rs-server-start-");
        _world = await World.StartAsync($"start{TestContext.CurrentContext.Test.ID.Replace('-', '_')}");
        _signer = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_signer, World.P256());
        await _world.StopServerAsync();
        JsonNode configuration = JsonNode.Parse(await File.ReadAllTextAsync(_world.Configuration))!;
        configuration["Server"]!["Sams"]![0]!["ServiceLog"] = LogFile;
        OwnerOnly.Write(_world.Configuration, configuration.ToJsonString());
    }

    [TearDown]
    public async Task CleanUpAsync()
    {
        _signer.Dispose();
        await _world.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Start_SignaturesThatWereNotStored_AreCountedOnce()
    {
        await LoseAsync();
        WriteLog();

        await StartAsync(pending: 0);
        long first = await CountAsync();
        await _world.StopServerAsync();
        await StartAsync(pending: 0);

        Assert.That(first, Is.EqualTo(2));
        Assert.That(await CountAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Start_NoLogWhereOneShouldBe_IsPendingAndServes()
    {
        await StartAsync(pending: 1);

        Assert.That((await _signer.PostAsync("info", "{}")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Start_CopyThatIsOlderThanWhatIsKnown_IsPending()
    {
        WriteLog();
        await LoseAsync();
        await _world.StartServerAsync();
        string sad = (await _signer.AuthorizeAsync(_credential.Id, 1)).Sad;
        Assert.That((await SignAsync(sad, 1)).Status, Is.EqualTo(200));
        await _world.StopServerAsync();

        await StartAsync(pending: 1);

        Assert.That(await CountAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task TryLock_OfTwoProcesses_LetsOneHaveTheTurn()
    {
        await using ServerDatabase one = World.OpenDatabase(_world.Database);
        await using ServerDatabase two = World.OpenDatabase(_world.Database);

        IAsyncDisposable? first = await PostgreSql.TryLockAsync(one, "recover x", default);
        IAsyncDisposable? other = await PostgreSql.TryLockAsync(two, "recover y", default);
        IAsyncDisposable? second = await PostgreSql.TryLockAsync(two, "recover x", default);
        await first!.DisposeAsync();
        IAsyncDisposable? afterwards = await PostgreSql.TryLockAsync(two, "recover x", default);

        Assert.That((other is not null, second is null, afterwards is not null), Is.EqualTo((true, true, true)));
    }

    [Test]
    public void Find_FilesOfARotation_AreOrderedByWhatStandsBeforeThem()
    {
        string[] names = ["service.log", "service.log.1", "service.log-20260101"];
        string[] first = ["{\"continues\":{\"head\":{\"tree_size\":20}}}", "{\"continues\":{\"head\":{\"tree_size\":7}}}", "{}"];
        foreach ((string name, string line) in names.Zip(first))
        {
            File.WriteAllText(Path.Combine(_folder.FullName, name), line + "\n");
        }

        File.WriteAllText(Path.Combine(_folder.FullName, "admin.log"), "{}\n");

        Assert.That(
            SamLogFolder.Find(LogFile).Select(Path.GetFileName), Is.EqualTo(new[] { "service.log-20260101", "service.log.1", "service.log" }));
        File.WriteAllText(Path.Combine(_folder.FullName, "service.log.2"), "{\"continues\":1}\n");
        Assert.That(() => SamLogFolder.Find(LogFile), Throws.TypeOf<InvalidDataException>().With.Message.Contains("service.log.2"));
        Assert.That(() => SamLogFolder.Find(Path.Combine(_folder.FullName, "none", "x")), Throws.TypeOf<InvalidDataException>());
    }

    /// <summary>Two signatures that the SAM makes and nobody hears of.</summary>
    private async Task LoseAsync()
    {
        await _world.StartServerAsync();
        string sad = (await _signer.AuthorizeAsync(_credential.Id, 2)).Sad;
        _world.Sam.CutNextAnswer = true;
        Assert.That((await SignAsync(sad, 2)).Status, Is.EqualTo(503));
        await _world.StopServerAsync();
    }

    private void WriteLog() => File.WriteAllText(
        LogFile, string.Concat(_world.Sam.Log.WriteLines(_world.Sam.Node).Select(l => l + "\n")), new UTF8Encoding(false));

    /// <summary>Starts, and waits until the log was looked through, or could not be.</summary>
    private async Task StartAsync(int pending)
    {
        await _world.StartServerAsync();
        using var guard = new CancellationTokenSource(Guard);
        using var health = new HttpClient { BaseAddress = _world.Health };
        Match match;
        do
        {
            string page = await health.GetStringAsync("/metrics", guard.Token);
            match = Regex.Match(page, "remotesigning_server_recovery_pending{node=\"sam-fake\"} ([01])");
        }
        while (!match.Success);

        Assert.That(match.Groups[1].Value, Is.EqualTo($"{pending}"));
    }

    private async Task<long> CountAsync()
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.Consumption.SumAsync(c => c.Signatures);
    }

    private Task<CscResult> SignAsync(string sad, int count) =>
        _signer.SignAsync(_credential.Id, sad, Enumerable.Range(0, count).Select(_ => World.Digest()), Oids.EcdsaWithSha256);
}
