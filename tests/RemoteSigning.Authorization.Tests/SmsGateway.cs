using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Hosting;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>An operator's HTTP gateway on its real listener: keeps the requests and answers as it is told.</summary>
internal sealed partial class SmsGateway : IAsyncDisposable
{
    public const string Secret = "gateway \"secret\" & more";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _requests = new();

    private SmsGateway()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenPublic(
            Address, new TlsOptions { Certificate = TestWorld.Server.Certificate, Key = TestWorld.Server.Key }));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public Uri Address { get; } = new($"https://127.0.0.1:{FreePort.Next()}");

    /// <summary>What is answered.</summary>
    public int Status { get; set; } = 202;

    /// <summary>Where an answer leads.</summary>
    public string? Location { get; set; }

    public IReadOnlyList<Received> Requests => [.. _requests];

    /// <summary>The code in the newest request.</summary>
    public string NewestCode => Code().Match(Requests[^1].Body).Value;

    public static async Task<SmsGateway> StartAsync()
    {
        var gateway = new SmsGateway();
        await gateway._app.StartAsync();
        return gateway;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [GeneratedRegex("(?<=\\\")[0-9]{6,8}(?= )")]
    private static partial Regex Code();

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        _requests.Enqueue(new Received(
            context.Request.Method,
            context.Request.Path,
            context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString()),
            context.Request.Headers["X-Api-Key"].ToString(),
            context.Request.ContentType,
            body));
        context.Response.StatusCode = Status;
        if (Location is not null)
        {
            context.Response.Headers.Location = Location;
        }

        await context.Response.WriteAsync("You sent: " + WebUtility.HtmlEncode(body));
    }

    public sealed record Received(
        string Method, string Path, IReadOnlyDictionary<string, string> Query, string ApiKey, string? ContentType, string Body);
}
