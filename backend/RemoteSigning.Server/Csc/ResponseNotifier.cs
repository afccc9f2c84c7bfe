using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Tells an application at a <c>response_uri</c> that it registered that an asynchronous request is done: a POST with the
/// <c>responseID</c> and nothing else. The signatures are fetched with a token, as ever. Nobody waits for it; what a stop of the server leaves is
/// delivered after the next start, or by another process, and whoever was not reached can still poll.
/// </summary>
internal sealed partial class ResponseNotifier : BackgroundService
{
    /// <summary>Between the attempts.</summary>
    public static readonly IReadOnlyList<TimeSpan> UsualPauses =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    /// <summary>Attempts at the same time, of all applications.</summary>
    private const int MostAtOnce = 64;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>How often to look for what other processes left.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>So that a clock that stands still, or is set back, keeps no processor busy.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _http;
    private readonly NotificationStore _store;
    private readonly IReadOnlyList<TimeSpan> _pauses;
    private readonly ServerMetrics _metrics;
    private readonly ILogger<ResponseNotifier> _logger;
    private readonly ConcurrentDictionary<Guid, Task> _underWay = [];
    private readonly SemaphoreSlim _wake = new(0);

    public ResponseNotifier(
        NotificationOptions options,
        NotificationStore store,
        IReadOnlyList<TimeSpan> pauses,
        ServerMetrics metrics,
        ILogger<ResponseNotifier> logger)
    {
        _store = store;
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

    /// <summary>Stores what is to be told, and waits for no answer. A failure is logged and counted: the result is there all the same.</summary>
    /// <param name="address">One that was compared with those of the application.</param>
    public async Task BeginAsync(string application, string address, string responseId)
    {
        try
        {
            if (await _store.AddAsync(application, address, responseId, CancellationToken.None))
            {
                Wake();
                return;
            }

            LogDropped(application);
        }
        catch (Exception failure)
        {
            LogNotStored(application, failure.GetBaseException().Message);
        }

        _metrics.Notified("dropped");
    }

    /// <summary>Begins an attempt for each notification that is due.</summary>
    /// <returns>How long until the next one is.</returns>
    public async Task<TimeSpan> StepAsync(CancellationToken cancel)
    {
        int expired = await _store.PurgeAsync(cancel);
        for (int i = 0; i < expired; i++)
        {
            _metrics.Notified("expired");
        }

        if (expired > 0)
        {
            LogExpired(expired);
        }

        int room = MostAtOnce - _underWay.Count;
        if (room <= 0)
        {
            return Interval; // The end of an attempt wakes it.
        }

        // Not cancelled: what the database gave away would wait for its turn to end.
        foreach (NotificationRow notification in await _store.TakeAsync(room, CancellationToken.None))
        {
            Begin(notification);
        }

        TimeSpan wait = await _store.FindWaitAsync(cancel) ?? Interval;
        return wait < ShortestWait ? ShortestWait : wait > Interval ? Interval : wait;
    }

    /// <summary>Until no attempt is under way.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_underWay.Values);

    /// <summary>Begins no more, and lets the attempts that are under way end: an application is told once.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WhenIdleAsync().WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _http.Dispose();
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan wait = Interval;
            try
            {
                wait = await StepAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The database may be away for a while; the service must not end for that.
                LogStuck(failure.GetBaseException().Message);
            }

            await _wake.WaitAsync(wait, stoppingToken);
        }
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private void Begin(NotificationRow notification)
    {
        var id = Guid.NewGuid();
        var task = new Task<Task>(async () =>
        {
            try
            {
                await AttemptAsync(notification);
            }
            catch (Exception failure)
            {
                // It stays where it is, and comes again when its turn is over.
                LogStuck(failure.GetBaseException().Message);
            }

            _underWay.TryRemove(id, out _);
            Wake();
        });
        _underWay[id] = task.Unwrap();
        task.Start(TaskScheduler.Default);
    }

    private async Task AttemptAsync(NotificationRow notification)
    {
        string? outcome = await TellAsync(notification);
        if (outcome is null)
        {
            await _store.PostponeAsync(notification, _pauses[notification.Attempts - 1], CancellationToken.None);
            return;
        }

        await _store.RemoveAsync(notification, CancellationToken.None);
        _metrics.Notified(outcome);
    }

    /// <returns>What became of it; null when it is to be tried again.</returns>
    private async Task<string?> TellAsync(NotificationRow notification)
    {
        if (!await _store.IsRegisteredAsync(notification, CancellationToken.None))
        {
            LogTakenBack(notification.Client);
            return "dropped";
        }

        if (await TryAsync(notification.Address, _store.OpenId(notification)))
        {
            return "delivered";
        }

        if (notification.Attempts <= _pauses.Count)
        {
            return null;
        }

        LogFailed(notification.Client, notification.Attempts);
        return "failed";
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
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(6111, LogLevel.Warning, "Application {Application} could not be told at its response_uri that a request is done, in {Attempts} attempts")]
    private partial void LogFailed(string application, int attempts);

    [LoggerMessage(6112, LogLevel.Warning, "Application {Application} is not told that a request is done: too many notifications wait for it, or the result has expired")]
    private partial void LogDropped(string application);

    [LoggerMessage(6113, LogLevel.Warning, "{Count} notifications were not delivered before their results expired")]
    private partial void LogExpired(int count);

    [LoggerMessage(6114, LogLevel.Error, "Application {Application} is not told that a request is done: the notification could not be stored: {Cause}")]
    private partial void LogNotStored(string application, string cause);

    [LoggerMessage(6115, LogLevel.Warning, "Application {Application} is not told that a request is done: the address is not registered for it any more, or it is switched off")]
    private partial void LogTakenBack(string application);

    [LoggerMessage(6116, LogLevel.Error, "Notifications cannot be delivered now; they are tried again: {Cause}")]
    private partial void LogStuck(string cause);
}
