using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace RemoteSigning.Hosting;

/// <summary>
/// Sends spans to a collector (OTLP over HTTP, protobuf) from a thread of its own and a queue of 2,048: what does not fit, or does
/// not arrive, is dropped. Nothing that the process is for waits for it or fails with it.
/// </summary>
internal sealed class TraceExport(OtlpOptions options) : IHostedService, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private TracerProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Endpoint is { } endpoint)
        {
            _provider = Build(endpoint);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider?.Shutdown((int)Deadline.TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();

    private TracerProvider Build(Uri endpoint)
    {
        System.Reflection.AssemblyName program = typeof(TraceExport).Assembly.GetName();
        HttpClient http = endpoint.Scheme == "https"
            ? MutualTls.CreateClient(new RemoteOptions { Url = endpoint, TrustedRoot = options.TrustedRoot, Tls = options.Tls }, Deadline)
            : new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false }) { Timeout = Deadline };
        return Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())) // Nothing of the environment.
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(
                program.Name!, serviceVersion: program.Version?.ToString(3), autoGenerateServiceInstanceId: false)) // An assembly of a file has a name.
            .SetSampler(new AlwaysOnSampler())
            .AddSource(TraceContext.RequestSource, Tracing.Source.Name, "RemoteSigning.Cryptoki")
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = endpoint;
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.TimeoutMilliseconds = (int)Deadline.TotalMilliseconds;
                exporter.ExportProcessorType = ExportProcessorType.Batch;
                exporter.HttpClientFactory = () => http;
            })
            .Build();
    }
}
