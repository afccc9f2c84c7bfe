using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>An authorization server with a database and an HSM token of its own, on its real listener.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Issuer = "as-test";
    public const string Node = "sam-1";
    public const string OtherNode = "sam-2";

    private static int s_count;

    private readonly string _name = $"t{Interlocked.Increment(ref s_count)}";
    private WebApplication? _app;

    private TestServer()
    {
        Folder = Path.Combine(TestWorld.Folder, _name);
        Directory.CreateDirectory(Folder);
        DataFolder = Path.Combine(Folder, "data");
        ConfigurationFile = Path.Combine(Folder, "authorization.json");
    }

    public string Folder { get; }

    public string DataFolder { get; }

    public string ConfigurationFile { get; }

    public Uri Address { get; private set; } = new("https://127.0.0.1");

    // A whole number of seconds and the middle of a time step, so that tests can count from it.
    public ManualClock Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_015));

    public LogCapture Logs { get; } = new();

    /// <summary>The key with which <see cref="Node"/> signs its audit log.</summary>
    public ECDsa AuditKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The key of the other registered node.</summary>
    public ECDsa OtherAuditKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string ConnectionString { get; private set; } = "";

    public Api Ssa { get; private set; } = Api.None;

    public Api OtherSsa { get; private set; } = Api.None;

    public Api Operator { get; private set; } = Api.None;

    public IServiceProvider Services => _app?.Services ?? throw new InvalidOperationException("The server is not up.");

    /// <summary>Configuration, token and empty database, nothing else.</summary>
    public static TestServer Prepare(Action<Dictionary<string, object>>? change = null)
    {
        var server = new TestServer();
        server.WriteConfiguration(change);
        return server;
    }

    public static async Task<TestServer> StartAsync(Action<Dictionary<string, object>>? change = null)
    {
        TestServer server = Prepare(change);
        await server.CreateAsync();
        await server.StartAppAsync();
        server.Ssa = new Api(server.Address, TestWorld.Ssa, TestWorld.TlsRoot);
        server.OtherSsa = new Api(server.Address, TestWorld.OtherSsa, TestWorld.TlsRoot);
        server.Operator = new Api(server.Address, TestWorld.Operator, TestWorld.TlsRoot);
        return server;
    }

    /// <summary>The command <c>create</c>, in this process.</summary>
    public async Task CreateAsync()
    {
        WebApplicationBuilder builder = AuthorizationHost.CreateBuilder(ConfigurationFile, out _);
        builder.Services.AddSingleton<Setup>();
        await using WebApplication app = builder.Build();
        await app.Services.GetRequiredService<Setup>().CreateAsync(CancellationToken.None);
    }

    /// <summary>Ends the process' part in memory and starts anew on what is in the database and the token.</summary>
    public async Task RestartAsync()
    {
        await StopAppAsync();
        await StartAppAsync();
    }

    public async Task<AuthorizationDatabase> OpenDatabaseAsync() =>
        await Services.GetRequiredService<IDbContextFactory<AuthorizationDatabase>>().CreateDbContextAsync();

    public Task PurgeAsync() => Services.GetRequiredService<Purge>().RunOnceAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Ssa.Dispose();
        OtherSsa.Dispose();
        Operator.Dispose();
        await StopAppAsync();
        AuditKey.Dispose();
        OtherAuditKey.Dispose();
    }

    private async Task StartAppAsync()
    {
        _app = AuthorizationHost.Build(ConfigurationFile, services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            services.AddSingleton<ILoggerProvider>(Logs);
            services.Configure<LoggerFilterOptions>(o =>
            {
                // Everything goes to the capture, nothing to the console.
                o.MinLevel = LogLevel.Trace;
                o.Rules.Clear();
                o.Rules.Add(new LoggerFilterRule(typeof(ConsoleLoggerProvider).FullName, null, LogLevel.None, null));
            });
        });
        await _app.StartAsync();
    }

    private async Task StopAppAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
            _app = null;
        }
    }

    private void WriteConfiguration(Action<Dictionary<string, object>>? change)
    {
        ConnectionString = TestWorld.Postgres.CreateDatabase(_name, "authz")["authz"];
        Address = new Uri($"https://127.0.0.1:{FreePort.Next()}");
        var section = new Dictionary<string, object>
        {
            ["Issuer"] = Issuer,
            ["Listen"] = Address,
            ["Tls"] = new { TestWorld.Server.Certificate, TestWorld.Server.Key },
            ["DataFolder"] = DataFolder,
            ["Database"] = ConnectionString,
            ["Clients"] = new[]
            {
                new { Id = "ssa", Role = "ssa", PublicKey = TestWorld.Ssa.Certificate },
                new { Id = "other-ssa", Role = "ssa", PublicKey = TestWorld.OtherSsa.Certificate },
                new { Id = "operator", Role = "operator", PublicKey = TestWorld.Operator.Certificate },
            },
            ["Sams"] = new[]
            {
                new { Node, AuditPublicKey = WriteKey("audit-1.pem", AuditKey) },
                new { Node = OtherNode, AuditPublicKey = WriteKey("audit-2.pem", OtherAuditKey) },
            },
            ["Devices"] = new { RpId = "sign.example.com", Origins = (string[])[DeviceCase.Origin] },
            ["Hsm"] = new HsmOptions { Module = SoftHsm.Module, TokenLabel = _name, PinFile = TestWorld.Hsm.CreateToken(_name) },
        };
        change?.Invoke(section);
        OwnerOnly.Write(
            ConfigurationFile, JsonSerializer.Serialize(new Dictionary<string, object> { ["Authorization"] = section }));
    }

    private string WriteKey(string name, ECDsa key)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, key.ExportSubjectPublicKeyInfoPem());
        return path;
    }
}
