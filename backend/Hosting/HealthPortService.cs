using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Hosting;

/// <summary>The health port of a process that is put together by dependency injection; it opens and closes with the process.</summary>
/// <param name="shows">Which instruments are on the page, besides those of .NET and of the listeners.</param>
internal sealed class HealthPortService(
    HealthOptions options,
    IReadOnlyList<HealthCheck> checks,
    Func<Instrument, bool> shows,
    IMeterFactory meters,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : IHostedService
{
    private HealthHost? _host;

    public async Task StartAsync(CancellationToken cancellationToken) => _host = await HealthHost.StartAsync(
        options,
        [.. checks, HealthCheck.Listener(lifetime)],
        i => MetricsPage.IsOfTheListener(i, meters) || shows(i),
        TimeProvider.System,
        loggers,
        cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }
}

/// <summary>Adds the port to a process.</summary>
internal static class HealthPortServices
{
    /// <param name="shows">See <see cref="HealthPortService"/>.</param>
    public static IServiceCollection AddHealthPort(
        this IServiceCollection services,
        HealthOptions options,
        Func<IServiceProvider, IReadOnlyList<HealthCheck>> checks,
        Func<IServiceProvider, Func<Instrument, bool>> shows) => services.AddSingleton<IHostedService>(s => new HealthPortService(
            options,
            checks(s),
            shows(s),
            s.GetRequiredService<IMeterFactory>(),
            s.GetRequiredService<IHostApplicationLifetime>(),
            s.GetRequiredService<ILoggerFactory>()));
}
