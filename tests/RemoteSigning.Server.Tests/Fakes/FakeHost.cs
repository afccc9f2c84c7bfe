using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>An HTTPS server on loopback that can go away and come back.</summary>
/// <param name="demandsCertificate">Of its clients.</param>
internal sealed class FakeHost(TlsIdentity identity, RequestDelegate handle, bool demandsCertificate = true) : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private WebApplication? _app;

    public Uri Url => new($"https://127.0.0.1:{_port}");

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, _port, endpoint => endpoint.UseHttps(https =>
            {
                https.ServerCertificate = X509Certificate2.CreateFromPemFile(identity.Certificate, identity.Key);
                https.ClientCertificateMode = demandsCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            })));
        _app = builder.Build();
        _app.Run(handle);
        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) =>
        (await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted))!;

    public static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, type, "application/json", context.RequestAborted);
    }

    public static Task RefuseAsync(HttpContext context, int status, Problem problem, string code, LogProof? audit = null)
    {
        context.Response.StatusCode = status;
        var document = new ProblemDocument("about:blank", "refused", status, $"Refused: {code}.", (int)problem, code, null, audit);
        return context.Response.WriteAsJsonAsync(
            document, EnrollmentJson.Default.ProblemDocument, "application/problem+json", context.RequestAborted);
    }
}
