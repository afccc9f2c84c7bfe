using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam;

/// <summary>A node behind its mutual TLS listener.</summary>
internal sealed partial class SamHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly SamNode _node;
    private readonly TamperWatch _tamper;

    private readonly HealthHost? _health;

    private SamHost(WebApplication web, SamNode node, TamperWatch tamper, HealthHost? health)
    {
        _health = health;
        _web = web;
        _node = node;
        _tamper = tamper;
    }

    /// <summary>Opens the node and listens; the start is in the log when this returns.</summary>
    /// <exception cref="StartException">The node cannot serve; the message says why.</exception>
    public static async Task<SamHost> StartAsync(string configurationFile, SamSeams seams, CancellationToken cancel)
    {
        WebApplicationBuilder builder = ServiceHost.CreateBuilder(configurationFile);
        SamOptions options = ReadOptions(builder.Configuration);
        CheckIdentity(options.Tls);
        SamNode? node = null;
        HealthHost? health = null;
        WebApplication? web = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenMutual(
            options.Listen!, // The validator refuses a missing address.
            options.Tls,
            key => Identify(node, key, web?.Logger)));
        try
        {
            web = builder.Build();
            ILoggerFactory loggers = web.Services.GetRequiredService<ILoggerFactory>();
            node = SamNode.Open(options, seams, loggers);
            web.UseTraceHeader();
            web.UseRouting();
            web.MapSam(node);
            await node.RecordStartAsync();
            var tamper = new TamperWatch(options.Tamper, node.LockAsync);
            await tamper.CheckAsync();
            if (node.IsLocked)
            {
                throw new StartException("The tamper program says that somebody was at the machine: the module is locked now.");
            }

            health = await HealthHost.StartAsync(
                options.Health, [.. node.Checks, HealthCheck.Listener(web.Lifetime)], Shows(web, node), TimeProvider.System, loggers, cancel);
            await web.StartAsync(cancel);
            node.Beats.Start(seams.BeatInterval);
            tamper.Start(seams.Clock);
            return new SamHost(web, node, tamper, health);
        }
        catch
        {
            if (health is not null)
            {
                await health.DisposeAsync();
            }

            node?.Dispose();
            if (web is not null)
            {
                await web.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Reads the options for a command that does not serve.</summary>
    /// <exception cref="StartException">An option is missing or wrong.</exception>
    public static SamOptions ReadOptions(string configurationFile)
    {
        OwnerOnlyFile.Check(configurationFile);
        return ReadOptions(new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(configurationFile), optional: false).Build());
    }

    /// <summary>Reads and validates the section <c>Sam</c>.</summary>
    /// <exception cref="StartException">An option is missing or wrong.</exception>
    public static SamOptions ReadOptions(IConfiguration configuration)
    {
        var options = new SamOptions();
        configuration.GetSection(SamOptions.Section).Bind(options);
        options.Hsm.PinFile = SystemCredential.Expand(options.Hsm.PinFile);
        foreach (StandbyToken standby in options.Hsm.Standby)
        {
            standby.PinFile = SystemCredential.Expand(standby.PinFile);
        }

        ValidateOptionsResult result = new SamOptionsValidator().Validate(null, options);
        return result.Failed ? throw new StartException($"The configuration is refused. {string.Join(" ", result.Failures)}") : options;
    }

    /// <summary>The node behind the listener.</summary>
    public SamNode Node => _node;

    /// <summary>Asks the tamper program now.</summary>
    public Task CheckTamperAsync() => _tamper.CheckAsync();

    public Task WaitForShutdownAsync(CancellationToken cancel) => _web.WaitForShutdownAsync(cancel);

    /// <summary>Goes on in new log files where the live ones were renamed.</summary>
    /// <returns>How many were begun.</returns>
    public Task<int> ReopenLogsAsync() => _node.ReopenLogsAsync();

    /// <summary>Stops listening, lets requests end, records the stop, closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _tamper.DisposeAsync();
        await _web.StopAsync(CancellationToken.None);
        if (_health is not null)
        {
            await _health.DisposeAsync();
        }

        await _web.DisposeAsync();
        try
        {
            if (!_node.IsLocked)
            {
                await _node.RecordStopAsync();
            }
        }
        finally
        {
            _node.Dispose();
        }
    }

    private static Func<Instrument, bool> Shows(WebApplication web, SamNode node)
    {
        IMeterFactory factory = web.Services.GetRequiredService<IMeterFactory>();
        return i => node.Owns(i) || MetricsPage.IsOfTheListener(i, factory);
    }

    private static void CheckIdentity(TlsOptions tls)
    {
        try
        {
            MutualTls.Load(tls).Dispose();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new StartException(
                $"Sam:Tls is refused: {tls.Certificate} and {tls.Key} are not a certificate and its key in PEM. {e.Message}", e);
        }
    }

    /// <summary>Who holds this key; a handshake with an unknown one leaves a line, as no record can be due to a nobody.</summary>
    private static RegisteredClient? Identify(SamNode? node, byte[] publicKeyInfo, ILogger? logger)
    {
        RegisteredClient? client = node?.Configuration.Current.Registry.Find(publicKeyInfo);
        if (client is null && logger is not null)
        {
            LogStranger(logger, Convert.ToHexStringLower(SHA256.HashData(publicKeyInfo)));
        }

        return client;
    }

    [LoggerMessage(2201, LogLevel.Warning, "A TLS client with an unregistered key was refused; SHA-256 of its SubjectPublicKeyInfo: {KeyDigest}")]
    private static partial void LogStranger(ILogger logger, string keyDigest);
}
