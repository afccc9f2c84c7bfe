using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using RemoteSigning.Authorization.Api;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization;

/// <summary>Puts the process together.</summary>
internal static class AuthorizationHost
{
    /// <summary>The service, ready to run.</summary>
    /// <param name="configure">Replaces parts in tests, the clock for one.</param>
    public static WebApplication Build(string configurationFile, Action<IServiceCollection>? configure = null)
    {
        WebApplicationBuilder builder = CreateBuilder(configurationFile, out AuthorizationOptions options);
        var clients = new ClientRegistry(options);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenMutual(options.Listen!, options.Tls, clients.Find)); // Validated: Listen is there.
        builder.Services.AddSingleton(clients).AddSingleton(new SamRegistry(options));
        builder.Services
            .AddSingleton<AuthorizationKeys>()
            .AddSingleton<Passwords>()
            .AddSingleton<SigningPin>()
            .AddSingleton<OneTimePassword>()
            .AddSingleton<SentCode>()
            .AddSingleton<CodeChannels>()
            .AddSingleton<AddressNotice>()
            .AddSingleton<SessionTokens>()
            .AddSingleton<TransactionUnits>()
            .AddSingleton<SadMint>()
            .AddSingleton<RefusalEvidence>();
        AuthorizationApi.AddEndpoints(builder.Services);
        builder.Services.AddSingleton<Purge>().AddHostedService(s => s.GetRequiredService<Purge>());
        builder.Services.AddHealthPort(options.Health, Checks, services => i => i.Meter == services.GetRequiredService<Hsm>().Meter);
        configure?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.UseTraceHeader();
        app.UseExceptionHandler(_ => { });
        app.Use(next => context => Outages.InvokeAsync(context, next));
        AuthorizationApi.Map(app);
        return app;
    }

    /// <summary>What both commands need: the checked configuration, the database and the HSM.</summary>
    public static WebApplicationBuilder CreateBuilder(string configurationFile, out AuthorizationOptions options)
    {
        WebApplicationBuilder builder = ServiceHost.CreateBuilder(configurationFile);
        AuthorizationOptions checkedOptions = builder.Configuration.GetSection(AuthorizationOptions.Section).Get<AuthorizationOptions>()
            ?? throw new InvalidOperationException($"The configuration has no section {AuthorizationOptions.Section}.");
        Demand(new AuthorizationOptionsValidator().Validate(null, checkedOptions));
        Demand(new ConfigurationRules().Validate(null, checkedOptions));
        options = checkedOptions;
        // Each request and each statement would be a line; ours say what happened.
        builder.Logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Warning);
        builder.Services.AddSingleton(checkedOptions);
        builder.Services.AddSingleton(_ => Hsm.Open(checkedOptions.Hsm));
        builder.Services.AddSingleton(_ => PostgreSql.CreateDataSource(checkedOptions.Database));
        builder.Services.AddPooledDbContextFactory<AuthorizationDatabase>(
            (services, database) => PostgreSql.Configure(database, services.GetRequiredService<NpgsqlDataSource>()));
        return builder;
    }

    private static IReadOnlyList<HealthCheck> Checks(IServiceProvider services) =>
    [
        new("hsm", () => Task.FromResult(AskHsm(services.GetRequiredService<Hsm>()))),
        new("database", () => AskDatabaseAsync(services.GetRequiredService<IDbContextFactory<AuthorizationDatabase>>())),
    ];

    private static string? AskHsm(Hsm hsm)
    {
        try
        {
            hsm.Probe();
            return null;
        }
        catch (HsmException e)
        {
            return e.Message;
        }
    }

    private static async Task<string?> AskDatabaseAsync(IDbContextFactory<AuthorizationDatabase> databases)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync();
        return await database.Database.CanConnectAsync() ? null : "it does not answer";
    }

    private static void Demand(ValidateOptionsResult result)
    {
        if (result.Failed)
        {
            throw new InvalidOperationException($"The configuration is wrong: {result.FailureMessage}");
        }
    }
}
