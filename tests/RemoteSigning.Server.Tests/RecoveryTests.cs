using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>Signatures that the SAM made and a server that was killed could not store: found in the SAM's log, stored, counted once.</summary>
[NonParallelizable]
public sealed class RecoveryTests
{
    private DirectoryInfo _folder = null!; // Set before each test, as are the next five.
    private World _world = null!;
    private CscClient _signer = null!;
    private CscClient _client = null!;
    private ApplicationCreated _application = null!;
    private CredentialCreated _credential = null!;

    [SetUp]
    public async Task PrepareAsync()
    {
        _folder = Directory.CreateTempSubdirectory("rs-server-recovery-");
        _world = await World.StartAsync($"recovery{TestContext.CurrentContext.Test.ID.Replace('-', '_')}");
        _application = await _world.AddApplicationAsync();
        _signer = await _world.NewSignerAsync();
        _client = _signer.Through(_application.ApiKey);
        await _client.SignInAsync();
        _credential = await _world.EnrollAsync(_signer, World.P256());
    }

    [TearDown]
    public async Task CleanUpAsync()
    {
        _client.Dispose();
        _signer.Dispose();
        await _world.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Recover_ServerKilledBetweenTheAnswerOfTheSamAndStoring_CountsWhatTheLogHolds()
    {
        await _world.StopServerAsync();
        using Service server = DefineServer();
        await server.StartAsync(CancellationToken.None);
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1000)).Sad;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SignAsync(sad, 2)));

        await KillWhileStoringAsync(server, sad, calls: 6);
        long afterTheKill = await CountAsync();
        await server.StartAsync(CancellationToken.None);
        Task<CscResult[]> load = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SignAsync(sad, 3)));
        CommandResult first = Recover();
        await load;
        CommandResult second = Recover();

        Assert.Multiple(async () =>
        {
            Assert.That(afterTheKill, Is.EqualTo(20), "what was not stored was not counted");
            Assert.That(first.ExitCode, Is.Zero, first.Error);
            Assert.That(second.ExitCode, Is.Zero, second.Error);
            Assert.That(await CountAsync(), Is.EqualTo(20 + 12 + 30));
            Assert.That(_world.Sam.SignaturesOf(_application.Application.ClientId), Is.EqualTo(20 + 12 + 30));
        });
        Assert.That(Recover().Output, Does.Contain("Stored and counted 0 "));
        await AssertEveryReceiptIsThereAsync();
    }

    [Test]
    public async Task Recover_RotatedLogAndRecordsBehindTheLastHead_TakesWhatIsProved()
    {
        await _world.StopServerAsync();
        await LoseAsync();
        string[] lines = [.. _world.Sam.Log.WriteLines(_world.Sam.Node)];
        await LoseAsync();
        string newest = _world.Sam.Log.WriteLines(_world.Sam.Node)[^2];

        CommandResult recovered = Recover([.. lines[..3]], ["{\"continues\":{}}", .. lines[3..], newest]);

        Assert.That(recovered.Output, Does.Contain("Stored and counted 1 that were not: 2 signatures."));
        Assert.That(await CountAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Recover_KeyThatIsNotHere_IsLeftAlone()
    {
        await _world.StopServerAsync();
        await LoseAsync();
        await using (ServerDatabase database = World.OpenDatabase(_world.Database))
        {
            await database.Credentials.ExecuteDeleteAsync();
        }

        CommandResult recovered = Recover();

        Assert.That(recovered.Output, Does.Contain("Stored and counted 0 ").And.Contain("Left alone 1 "));
        Assert.That(await CountAsync(), Is.Zero);
    }

    [Test]
    public async Task Recover_NotTheLogOfTheSam_CountsNothing()
    {
        await _world.StopServerAsync();
        await LoseAsync();
        string[] log = [.. _world.Sam.Log.WriteLines(_world.Sam.Node)];

        Assert.Multiple(() =>
        {
            AssertRefused("not those of", [log[0].Replace("sam-fake", "sam-fork", StringComparison.Ordinal), .. log[1..]]);
            AssertRefused("not those of", [log[0], log[^2], .. log[1..]]);
            AssertRefused("no head over its records", log[1..]);
            AssertRefused("no head over its records", log[..^1]);
            AssertRefused("not signed", [.. log[..^1], Unsign(log[^1])]);
            AssertRefused("does not name", [.. log[..^1], log[^1].Replace("sam-fake", "sam-elsewhere", StringComparison.Ordinal)]);
            AssertRefused("begins like a head", ["{}", "{\"head\":1}"]);
            AssertRefused("no head over its records", []);
        });
        Assert.That(await CountAsync(), Is.Zero);
    }

    private void AssertRefused(string says, string[] log)
    {
        CommandResult recovered = Recover(log);
        Assert.That(recovered.ExitCode, Is.EqualTo(1), recovered.Output);
        Assert.That(recovered.Error, Does.StartWith("Could not recover signatures: ").And.Contain(says));
    }

    /// <summary>Two signatures that the SAM makes and nobody hears of.</summary>
    private async Task LoseAsync()
    {
        await _world.StartServerAsync();
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;
        _world.Sam.CutNextAnswer = true;
        CscResult answer = await SignAsync(sad, 2);
        Assert.That(answer.Status, Is.EqualTo(503), answer.ToString());
        await _world.StopServerAsync();
    }

    /// <summary>Kills the server when it has these calls' answers from the SAM and waits for the table of receipts.</summary>
    private async Task KillWhileStoringAsync(Service server, string sad, int calls)
    {
        int before = _world.Sam.SignedRecords;
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        await using IDbContextTransaction transaction = await database.Database.BeginTransactionAsync();
        await database.Database.ExecuteSqlRawAsync("LOCK TABLE server.receipts IN ACCESS EXCLUSIVE MODE");
        Task<CscResult>[] lost = [.. Enumerable.Range(0, calls).Select(_ => SignAsync(sad, 2))];
        while (await WaitersAsync(database) < calls)
        {
            Assert.That(lost.Where(l => l.IsCompleted), Is.Empty);
        }

        server.Kill();
        // PostgreSQL would still carry out what has arrived there: this makes it as if nothing had.
        await database.Database.ExecuteSqlRawAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'server.receipts'::regclass");
        while (await WaitersAsync(database) > 0)
        {
        }

        Assert.That(_world.Sam.SignedRecords - before, Is.EqualTo(calls));
        foreach (Task<CscResult> call in lost)
        {
            Assert.That(async () => await call, Throws.InstanceOf<HttpRequestException>());
        }
    }

    private static async Task<int> WaitersAsync(ServerDatabase database) => await database.Database
        .SqlQueryRaw<int>("SELECT count(*)::int AS \"Value\" FROM pg_locks WHERE NOT granted AND relation = 'server.receipts'::regclass")
        .SingleAsync();

    private async Task AssertEveryReceiptIsThereAsync()
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        HashSet<long> stored = await database.Receipts.Select(r => r.RecordIndex).ToHashSetAsync();
        Assert.That(
            _world.Sam.Log.Records.Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" }).Select(r => r.Index), Is.SubsetOf(stored));
    }

    private async Task<long> CountAsync()
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.Consumption.Where(c => c.ClientId == _application.Application.ClientId).SumAsync(c => c.Signatures);
    }

    private Service DefineServer() => new(
        "RemoteSigning.Server",
        Path.Combine(_folder.FullName, "server.log"),
        "dotnet",
        [ServerAssembly, "run", "--config", _world.Configuration],
        new Dictionary<string, string>(),
        async cancel =>
        {
            try
            {
                return (await _client.SendAsync("/csc/v1/info", "{}", null)).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });

    private CommandResult Recover() => Recover([.. _world.Sam.Log.WriteLines(_world.Sam.Node)]);

    private CommandResult Recover(params string[][] logs)
    {
        string[] files = [.. logs.Select((_, i) => Path.Combine(_folder.FullName, $"service-{i}.log"))];
        foreach ((string file, string[] lines) in files.Zip(logs))
        {
            File.WriteAllText(file, string.Concat(lines.Select(l => l + "\n")), new UTF8Encoding(false));
        }

        return Commands.Try("dotnet", [ServerAssembly, "recover", "--config", _world.Configuration, "--log", .. files]);
    }

    private Task<CscResult> SignAsync(string sad, int count) =>
        _client.SignAsync(_credential.Id, sad, Enumerable.Range(0, count).Select(_ => World.Digest()), Oids.EcdsaWithSha256);

    private static string ServerAssembly => Installation.Current.Assembly("backend", "RemoteSigning.Server");

    private static string Unsign(string head)
    {
        const string Member = "\"signature\":\"";
        int at = head.IndexOf(Member, StringComparison.Ordinal) + Member.Length + 20;
        return head[..at] + (head[at] == 'A' ? 'B' : 'A') + head[(at + 1)..];
    }
}
