using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace RemoteSigning.Hosting;

/// <summary>A backend process: configured by one owner-only JSON file and by nothing else.</summary>
internal static class ServiceHost
{
    /// <summary>Largest request body that any of our interfaces takes.</summary>
    public const long MaximumBody = 1 << 20;

    public static WebApplicationBuilder CreateBuilder(string configurationFile)
    {
        OwnerOnlyFile.Check(configurationFile);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddJsonFile(Path.GetFullPath(configurationFile), optional: false, reloadOnChange: false);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddConsole(console => console.FormatterName = LogLineFormatter.FormatterName);
        builder.Logging.AddConsoleFormatter<LogLineFormatter, ConsoleFormatterOptions>();
        TraceContext.Apply();
        OtlpOptions otlp = builder.Configuration.GetSection(OtlpOptions.Section).Get<OtlpOptions>() ?? new OtlpOptions();
        otlp.Demand();
        builder.Services.AddSingleton<IHostedService>(_ => new TraceExport(otlp));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaximumBody;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddExceptionHandler<ProblemExceptionHandler>();
        return builder;
    }
}
