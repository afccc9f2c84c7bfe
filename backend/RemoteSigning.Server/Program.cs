using Microsoft.EntityFrameworkCore;
using RemoteSigning.Hosting;
using RemoteSigning.Server;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

const string Usage = """
    RemoteSigning.Server: the signing server (CSC API and enrollment)

    usage: RemoteSigning.Server migrate --config FILE   bring the database schema up to date
           RemoteSigning.Server run --config FILE       serve until SIGTERM
           RemoteSigning.Server recover --config FILE --log LOG...
                                                        store and count the signatures of a SAM node's service log
                                                        that are not yet; LOG: all its files, the oldest first

    FILE is an owner-only JSON file with a section "Server"; docs/csc.md describes it.
    """;

switch (args)
{
    case ["--help"] or ["-h"] or ["help"]:
        Console.WriteLine(Usage);
        return 0;
    case ["migrate", "--config", { } file]:
        return await AttemptAsync("bring the database up to date", () => MigrateAsync(file));
    case ["run", "--config", { } file]:
        return await AttemptAsync("start the server", () => RunAsync(file));
    case ["recover", "--config", { } file, "--log", .. { Length: > 0 } logs]:
        return await AttemptAsync("recover signatures", () => RecoverAsync(file, logs));
    default:
        await Console.Error.WriteLineAsync(Usage);
        return 2;
}

static async Task MigrateAsync(string file)
{
    ServerOptions options = ServerApplication.ReadOptions(ServiceHost.CreateBuilder(file));
    var builder = new DbContextOptionsBuilder<ServerDatabase>();
    PostgreSql.Configure(builder, options.Database);
    await using var database = new ServerDatabase(builder.Options);
    IReadOnlyList<string> applied = await SchemaState.MigrateAsync(database, CancellationToken.None);
    Console.WriteLine(applied.Count == 0 ? "The schema is up to date." : $"Applied: {string.Join(", ", applied)}.");
}

static async Task RunAsync(string file)
{
    await using WebApplication app = ServerApplication.Create(file, TimeProvider.System);
    await ServerApplication.PrepareAsync(app, CancellationToken.None);
    await app.RunAsync();
}

static async Task RecoverAsync(string file, string[] logs)
{
    await using WebApplication app = ServerApplication.Create(file, TimeProvider.System);
    RecoveryResult result = await ServerApplication.RecoverAsync(app, logs, CancellationToken.None);
    Console.WriteLine(
        $"Read {result.Read} records. Stored and counted {result.Records} that were not: {result.Signatures} signatures. Left alone {result.Foreign} with keys that are not here.");
}

static async Task<int> AttemptAsync(string step, Func<Task> act)
{
    try
    {
        await act();
        return 0;
    }
    catch (Exception e)
    {
        await Console.Error.WriteLineAsync($"Could not {step}: {e.GetBaseException().Message}");
        return 1;
    }
}
