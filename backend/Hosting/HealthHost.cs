using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Hosting;

/// <summary>
/// The health port: <c>GET /health/live</c>, <c>GET /health/ready</c>, <c>GET /metrics</c> and nothing else. It is an application
/// of its own with a listener of its own, so that nothing of the one can be reached through the other.
/// </summary>
internal sealed class HealthHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly Readiness _readiness;
    private readonly MetricsPage _metrics;

    private HealthHost(WebApplication web, Readiness readiness, MetricsPage metrics)
    {
        _web = web;
        _readiness = readiness;
        _metrics = metrics;
    }

    /// <summary>Listens; null when the options name no address.</summary>
    /// <param name="shows">Which instruments are on the page, besides those of .NET.</param>
    public static async Task<HealthHost?> StartAsync(
        HealthOptions options,
        IReadOnlyList<HealthCheck> checks,
        Func<Instrument, bool> shows,
        TimeProvider clock,
        ILoggerFactory loggers,
        CancellationToken cancel)
    {
        if (options.Listen is not { } address)
        {
            return null;
        }

        var readiness = new Readiness(checks, clock, loggers.CreateLogger<Readiness>());
        var metrics = new MetricsPage(i => i.Meter == readiness.Meter || MetricsPage.IsOfTheRuntime(i) || shows(i));
        var host = new HealthHost(Build(address, options, loggers), readiness, metrics);
        try
        {
            host.Map();
            await host._web.StartAsync(cancel);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _metrics.Dispose();
        _readiness.Dispose();
    }

    private static WebApplication Build(Uri address, HealthOptions options, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 100;
            Listen(kestrel, address, options);
        });
        builder.Services.AddSingleton(loggers);

        // Under a name that nobody exports: who asks every few seconds leaves no traces.
        builder.Services.AddSingleton(new ActivitySource("HealthPort"));
        return builder.Build();
    }

    private static void Listen(KestrelServerOptions kestrel, Uri address, HealthOptions options)
    {
        if (address.Scheme == "http")
        {
            kestrel.Listen(IPAddress.Parse(address.Host), address.Port, e => e.Protocols = HttpProtocols.Http1);
            return;
        }

        RegisteredClient[] callers = [.. options.Callers.Select(f => new RegisteredClient(f, "health", ReadKey(f)))];
        kestrel.ListenMutual(address, options.Tls, key => callers.FirstOrDefault(c => c.PublicKeyInfo.AsSpan().SequenceEqual(key)));
    }

    private static byte[] ReadKey(string file)
    {
        string pem = File.ReadAllText(file);
        PemFields fields = PemEncoding.Find(pem);
        return pem.AsSpan(fields.Label) is "PUBLIC KEY"
            ? Convert.FromBase64String(pem[fields.Base64Data])
            : throw new InvalidOperationException($"{file} holds no public key in PEM.");
    }

    private void Map() => _web.Run(context => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("GET", "/health/live") => AnswerAsync(context, StatusCodes.Status200OK, "application/json", """{"status":"live"}"""u8.ToArray()),
        ("GET", "/health/ready") => AnswerReadyAsync(context),
        ("GET", "/metrics") => AnswerMetricsAsync(context),
        _ => AnswerAsync(context, StatusCodes.Status404NotFound, "text/plain", []),
    });

    private async Task AnswerReadyAsync(HttpContext context)
    {
        IReadOnlyList<Readiness.Answer> answers = await _readiness.AskAsync();
        bool isReady = answers.All(a => a.Trouble is null);
        await AnswerAsync(
            context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, "application/json", Render(isReady, answers));
    }

    /// <summary>With the state of the checks at this moment.</summary>
    private async Task AnswerMetricsAsync(HttpContext context)
    {
        await _readiness.AskAsync();
        await AnswerAsync(context, StatusCodes.Status200OK, MetricsPage.ContentType, Encoding.UTF8.GetBytes(_metrics.Render()));
    }

    private static byte[] Render(bool isReady, IReadOnlyList<Readiness.Answer> answers)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("status", isReady ? "ready" : "not_ready");
            json.WriteStartArray("checks");
            foreach (Readiness.Answer answer in answers)
            {
                json.WriteStartObject();
                json.WriteString("name", answer.Check);
                json.WriteString("state", answer.Trouble is null ? "ok" : "failed");
                if (answer.Trouble is not null)
                {
                    json.WriteString("reason", answer.Trouble);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static async Task AnswerAsync(HttpContext context, int status, string type, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
