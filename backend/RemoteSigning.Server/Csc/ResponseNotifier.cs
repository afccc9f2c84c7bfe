using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Tells an application at a <c>response_uri</c> that it registered that an asynchronous request is done: a POST with the
/// <c>responseID</c> and nothing else. The signatures are fetched with a token, as ever. Nobody waits for it, a stop of the server ends it, and
/// whoever was not reached can still poll.
/// </summary>
internal sealed partial class ResponseNotifier : IHostedService, IDisposable
{
    /// <summary>So that one application that does not answer takes no room from the others.</summary>
    public const int MostPerApplication = 16;

    /// <summary>Between the attempts.</summary>
    public static readonly IReadOnlyList<TimeSpan> UsualPauses =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly IReadOnlyList<TimeSpan> _pauses;
    private readonly ServerMetrics _metrics;
    private readonly ILogger<ResponseNotifier> _logger;
    private readonly ConcurrentDictionary<Guid, (string Application, Task Task)> _underWay = [];
    private readonly CancellationTokenSource _stop = new();

    public ResponseNotifier(
        NotificationOptions options, IReadOnlyList<TimeSpan> pauses, ServerMetrics metrics, ILogger<ResponseNotifier> logger)
    {
        _pauses = pauses;
        _metrics = metrics;
        _logger = logger;
        _http = new HttpClient(new SocketsHttpHandler
        {
            // It goes where the operator registered, and nowhere else.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = Deadline,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 16,
            ActivityHeadersPropagator = null, // An application is no part of our traces.
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = options.TrustedRoot is { } root
                    ? MutualTls.OnlyRoot(X509CertificateLoader.LoadCertificateFromFile(root))
                    : null,
            },
        })
        {
            Timeout = Deadline,
        };
    }

    /// <summary>Begins, and waits for nothing.</summary>
    /// <param name="address">One that was compared with those of the application.</param>
    public void Begin(string application, string address, string responseId)
    {
        var id = Guid.NewGuid();
        if (_underWay.Count(u => u.Value.Application == application) >= MostPerApplication)
        {
            _metrics.Notified("dropped");
            LogDropped(application);
            return;
        }

        var task = new Task<Task>(() => NotifyAsync(id, application, address, responseId));
        _underWay[id] = (application, task.Unwrap());
        task.Start(TaskScheduler.Default);
    }

    /// <summary>Until nothing is under way.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_underWay.Values.Select(u => u.Task));

    public void Dispose()
    {
        _http.Dispose();
        _stop.Dispose();
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await WhenIdleAsync().WaitAsync(cancellationToken);
    }

    private async Task NotifyAsync(Guid id, string application, string address, string responseId)
    {
        try
        {
            bool delivered = await TryAsync(address, responseId);
            for (int i = 0; i < _pauses.Count && !delivered; i++)
            {
                await Task.Delay(_pauses[i], _stop.Token);
                delivered = await TryAsync(address, responseId);
            }

            _metrics.Notified(delivered ? "delivered" : "failed");
            if (!delivered)
            {
                LogFailed(application, _pauses.Count + 1);
            }
        }
        catch (OperationCanceledException)
        {
            _metrics.Notified("failed");
            LogStopped(application);
        }
        finally
        {
            _underWay.TryRemove(id, out _);
        }
    }

    /// <returns>Whether the answer was one of success; its body is not read.</returns>
    private async Task<bool> TryAsync(string address, string responseId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new SignHashAccepted(responseId), CscJson.Default.SignHashAccepted)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !_stop.IsCancellationRequested))
        {
            return false;
        }
    }

    [LoggerMessage(6111, LogLevel.Warning, "Application {Application} could not be told at its response_uri that a request is done, in {Attempts} attempts")]
    private partial void LogFailed(string application, int attempts);

    [LoggerMessage(6112, LogLevel.Warning, "Application {Application} is not told that a request is done: too many notifications wait for it")]
    private partial void LogDropped(string application);

    [LoggerMessage(6113, LogLevel.Information, "Application {Application} is not told that a request is done: the server stops")]
    private partial void LogStopped(string application);
}
