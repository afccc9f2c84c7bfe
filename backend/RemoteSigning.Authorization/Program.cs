using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;

const string Usage =
    """
    The authorization server: accounts, factors, tokens, transactions; approves each signature.

      RemoteSigning.Authorization create --config FILE   brings the database schema up to date, makes the HSM keys
                                                         that are missing, writes sad-public-key.pem for the SAM
      RemoteSigning.Authorization run --config FILE      serves until it is told to stop (SIGTERM)

    FILE is JSON with the section "Authorization", readable by its owner only.
    """;

switch (args)
{
    case ["create", "--config", var file]:
        return await RunAsync("create", () => CreateAsync(file));
    case ["run", "--config", var file]:
        return await RunAsync("run", () => ServeAsync(file));
    case ["--help"]:
        Console.WriteLine(Usage);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static async Task<int> RunAsync(string command, Func<Task> act)
{
    try
    {
        await act();
        return 0;
    }
    catch (Exception e)
    {
        // The one place where a failure becomes an exit code; the sentence says what and why.
        Console.Error.WriteLine($"{command} failed: {e.Message}{(e.InnerException is { } cause ? $" Cause: {cause.Message}" : "")}");
        return 1;
    }
}

static async Task CreateAsync(string file)
{
    WebApplicationBuilder builder = AuthorizationHost.CreateBuilder(file, out AuthorizationOptions options);
    builder.Services.AddSingleton<Setup>();
    await using WebApplication app = builder.Build();
    await app.Services.GetRequiredService<Setup>().CreateAsync(CancellationToken.None);
    Console.WriteLine($"The database and the keys are ready. Register {options.SadPublicKeyFile} at the SAM for {options.Issuer}.");
}

static async Task ServeAsync(string file)
{
    await using WebApplication app = AuthorizationHost.Build(file);
    await using (AuthorizationDatabase database =
        await app.Services.GetRequiredService<IDbContextFactory<AuthorizationDatabase>>().CreateDbContextAsync())
    {
        await SchemaState.DemandCurrentAsync(database, CancellationToken.None);
    }

    AuthorizationOptions options = app.Services.GetRequiredService<AuthorizationOptions>();
    await app.StartAsync();
    app.Services.GetRequiredService<ILogger<AuthorizationKeys>>().Listening(options.Listen, options.Issuer);
    await app.WaitForShutdownAsync();
}
