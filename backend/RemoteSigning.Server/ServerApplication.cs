using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Description;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server;

/// <summary>Puts the process together.</summary>
internal static class ServerApplication
{
    private static readonly TimeSpan PeerDeadline = TimeSpan.FromSeconds(60);

    /// <summary>A batch of a thousand long RSA keys takes its time.</summary>
    private static readonly TimeSpan SamDeadline = TimeSpan.FromMinutes(3);

    public static WebApplication Create(string configurationFile, TimeProvider clock)
    {
        WebApplicationBuilder builder = ServiceHost.CreateBuilder(configurationFile);
        ServerOptions options = ReadOptions(builder);
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(options));
        builder.Services.AddSingleton(clock);
        builder.Services.AddServerDatabase(options.Database);
        AddPeers(builder.Services, options);
        var operators = new Operators(options.Operators);
        builder.Services.AddSingleton(operators);
        builder.Services.AddSingleton<ServerMetrics>();
        builder.Services.AddSingleton<ApplicationDirectory>();
        builder.Services.AddSingleton<ApplicationRegistry>();
        builder.Services.AddSingleton<ConsumptionStore>();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<SignatureLimits>();
        builder.Services.AddSingleton<KnownTokens>();
        builder.Services.AddSingleton<Callers>();
        builder.Services.AddSingleton<CredentialStore>();
        builder.Services.AddSingleton<ReceiptStore>();
        builder.Services.AddSingleton<Recovery>().AddHostedService<StartRecovery>();
        builder.Services.AddSingleton<SignatureCreation>();
        builder.Services.AddSingleton<SignatureResultStore>();
        builder.Services.AddSingleton<WaitingApprovalStore>();
        builder.Services.AddSingleton(options.Notifications);
        builder.Services.AddSingleton<ApprovalNotices>().AddHostedService(s => s.GetRequiredService<ApprovalNotices>());
        builder.Services.AddSingleton<ApprovalElsewhere>();
        builder.Services.AddSingleton<CscFailures>();
        builder.Services.AddSingleton(NotificationKey.Of(options.Authorization.Tls));
        builder.Services.AddSingleton<NotificationStore>();
        // Stopped after what it tells of: hosted services stop in the reverse order.
        builder.Services.AddSingleton(s => new ResponseNotifier(
            options.Notifications,
            s.GetRequiredService<NotificationStore>(),
            ResponseNotifier.UsualPauses,
            s.GetRequiredService<ServerMetrics>(),
            s.GetRequiredService<ILogger<ResponseNotifier>>()));
        builder.Services.AddHostedService(s => s.GetRequiredService<ResponseNotifier>());
        builder.Services.AddSingleton<AsynchronousSigning>();
        builder.Services.AddHostedService(s => s.GetRequiredService<AsynchronousSigning>());
        builder.Services.AddSingleton<SignerRegistry>();
        builder.Services.AddSingleton<EnrollmentCourse>();
        builder.Services.AddSingleton<DeviceEnrollment>();
        builder.Services.AddSingleton<Resealing>();
        builder.Services.AddSingleton<ResealWorker>().AddHostedService(s => s.GetRequiredService<ResealWorker>());
        builder.Services.AddSingleton<CredentialLifecycle>();
        builder.Services.AddHealthPort(
            options.Health,
            services => [new HealthCheck("database", () => AskDatabaseAsync(services.GetRequiredService<IDbContextFactory<ServerDatabase>>()))],
            services => i => i.Meter == services.GetRequiredService<ServerMetrics>().Meter);
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options, operators));
        WebApplication app = builder.Build();
        Map(app, options);
        return app;
    }

    /// <summary>What has to hold before anybody is served.</summary>
    public static async Task PrepareAsync(WebApplication app, CancellationToken cancel)
    {
        await using ServerDatabase database =
            await app.Services.GetRequiredService<IDbContextFactory<ServerDatabase>>().CreateDbContextAsync(cancel);
        await SchemaState.CheckAsync(database, cancel);
        foreach (SamNode sam in app.Services.GetRequiredService<SamNodes>().All)
        {
            await RememberAsync(sam.Client.Log, app.Services, cancel);
        }
    }

    /// <summary>Stores and counts the signatures of a SAM node's log that are not stored; serves nobody.</summary>
    /// <param name="logs">All files of the log, the oldest first.</param>
    public static async Task<RecoveryResult> RecoverAsync(WebApplication app, IReadOnlyList<string> logs, CancellationToken cancel)
    {
        await PrepareAsync(app, cancel);
        return await app.Services.GetRequiredService<Recovery>().RunAsync(SamLogFiles.Read(logs), cancel);
    }

    /// <summary>What was seen of the log before this start.</summary>
    private static async Task RememberAsync(SamLog log, IServiceProvider services, CancellationToken cancel)
    {
        if (await services.GetRequiredService<ReceiptStore>().FindNewestHeadAsync(log.Node, cancel) is { } proved)
        {
            log.Accept(proved);
        }

        if (await services.GetRequiredService<LogHeadStore>().FindAsync(log.Node, cancel) is { } kept)
        {
            log.Accept(kept);
            log.NoteKept(kept);
        }
    }

    private static async Task<string?> AskDatabaseAsync(IDbContextFactory<ServerDatabase> databases)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync();
        return await database.Database.CanConnectAsync() ? null : "it does not answer";
    }

    public static ServerOptions ReadOptions(WebApplicationBuilder builder)
    {
        var options = new ServerOptions();
        builder.Configuration.GetSection(ServerOptions.Section).Bind(options);
        ValidateOptionsResult result = new ServerOptionsValidation().Validate(null, options);
        return result.Succeeded ? options : throw new InvalidOperationException(result.FailureMessage);
    }

    /// <remarks>The addresses were checked: none is null.</remarks>
    private static void Listen(KestrelServerOptions kestrel, ServerOptions options, Operators operators)
    {
        kestrel.ListenPublic(options.Listen!, options.Tls);
        kestrel.ListenMutual(options.AdministrationListen!, options.Tls, operators.Find);
    }

    private static void AddPeers(IServiceCollection services, ServerOptions options)
    {
        HttpClient authorizationHttp = MutualTls.CreateClient(options.Authorization, PeerDeadline);
        HttpClient pkiHttp = MutualTls.CreateClient(options.Pki, PeerDeadline);
        List<(HttpClient Http, SamLog Log)> sams =
        [
            .. options.Sams.Select(s => (MutualTls.CreateClient(s.Remote, SamDeadline), new SamLog(s.Node, File.ReadAllText(s.AuditPublicKey)))),
        ];
        services.AddSingleton<LogHeadStore>();
        services.AddSingleton(s => new SamNodes(
        [
            .. sams.Select(sam => new SamNode(
                new SamClient(
                    sam.Http,
                    sam.Log,
                    s.GetRequiredService<LogHeadStore>(),
                    s.GetRequiredService<ServerMetrics>(),
                    s.GetRequiredService<ILogger<SamClient>>()),
                s.GetRequiredService<TimeProvider>())),
        ]));
        services.AddSingleton(new AuthorizationClient(authorizationHttp));
        services.AddSingleton(new PkiClient(pkiHttp));
    }

    private static void Map(WebApplication app, ServerOptions options)
    {
        app.UseTraceHeader();
        app.UseExceptionHandler(_ => { });
        app.Use((context, next) => KeepListenersApart(context, next, options.AdministrationListen!.Port)); // It was checked.
        app.UseWhen(context => !IsEnrollment(context), csc => csc.UseMiddleware<CscErrorMiddleware>());
        app.UseRouting();
        app.MapCsc();
        app.MapDescriptions();
        if (options.ApiPage)
        {
            app.MapApiPage();
        }

        app.MapEnrollment();
    }

    /// <summary>Each listener has its own interface: nothing of the one can be reached through the other.</summary>
    private static Task KeepListenersApart(HttpContext context, RequestDelegate next, int administrationPort)
    {
        if (IsEnrollment(context) == (context.Connection.LocalPort == administrationPort))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static bool IsEnrollment(HttpContext context) => context.Request.Path.StartsWithSegments(EnrollmentApi.Base);
}
