using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>
/// A signing server in this process, over TLS, with the answers of <c>csc-api.md</c>: it checks tokens, factors and the
/// binding of SAD and hash as the real one does, and signs with real keys.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    public const string Email = "signer@example.com";
    public const string Password = "correct horse battery staple";
    public const string Pin = "12345678";
    public const string Otp = "246810";
    private const int PinTries = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, string> _sads = new();
    private readonly ConcurrentDictionary<string, byte> _accessTokens = new();
    private readonly ConcurrentDictionary<string, byte> _refreshTokens = new();
    private readonly ConcurrentDictionary<string, byte> _codes = new();
    private int _pinFailures;
    private int _answering;
    private int _mostAtOnce;

    private FakeServer(WebApplication application) => _application = application;

    public Uri Address { get; private set; } = new("https://localhost");

    public ConcurrentDictionary<string, FakeCredential> Credentials { get; } = new();

    public string CurrentPin { get; set; } = Pin;

    /// <summary>Everything that was asked, in order: the last part of the path.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<SignHashRequest> SignHashRequests { get; } = new();

    public ConcurrentQueue<CredentialsAuthorizeRequest> Authorizations { get; } = new();

    /// <summary>Answers everything with 503.</summary>
    public bool IsDown { get; set; }

    /// <summary>Changes what signHash answers.</summary>
    public Func<List<string>, List<string>> Tamper { get; set; } = signatures => signatures;

    /// <summary>When set, signHash waits for it.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Released when signHash is waiting for <see cref="Hold"/>, and again when its caller has gone.</summary>
    public SemaphoreSlim Holding { get; } = new(0);

    /// <summary>Requests (the last part of the path) that wait for this before they are answered; each releases <see cref="Holding"/> first.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Held { get; } = new();

    /// <summary>Bodies that answer requests (the last part of the path) instead of what is true.</summary>
    public ConcurrentDictionary<string, string> Bodies { get; } = new();

    /// <summary>How many requests were under way at once, at most.</summary>
    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    /// <summary>How many requests for a code are refused as too early.</summary>
    public int CodesTooSoon { get; set; }

    public TimeSpan ClockSkew { get; set; }

    public static async Task<FakeServer> StartAsync(TlsIdentity identity)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(
            X509Certificate2.CreateFromPemFile(identity.Certificate, identity.Key))));
        WebApplication application = builder.Build();
        var server = new FakeServer(application);
        application.Run(server.CountAndAnswerAsync);
        await application.StartAsync();
        server.Address = new Uri(application.Urls.Single());
        return server;
    }

    public void Add(FakeCredential credential) => Credentials[credential.Id] = credential;

    public int Count(string request) => Requests.Count(r => r == request);

    /// <summary>Lets requests (the last part of the path) wait until two of them are under way, however fast they are answered.</summary>
    /// <exception cref="TimeoutException">They come one by one only.</exception>
    public async Task MeetAsync(string request)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Held[request] = held;
        bool met = await Holding.WaitAsync(Patience) && await Holding.WaitAsync(Patience);
        Held.TryRemove(request, out _);
        held.SetResult();
        if (!met)
        {
            throw new TimeoutException($"No two requests {request} were under way at once.");
        }
    }

    public void ExpireAccessTokens() => _accessTokens.Clear();

    public void ExpireRefreshTokens() => _refreshTokens.Clear();

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        Holding.Dispose();
    }

    private static async Task WriteAsync<T>(HttpContext context, T body, JsonTypeInfo<T> type) =>
        await context.Response.WriteAsJsonAsync(body, type, "application/json", context.RequestAborted);

    private static Task RefuseAsync(HttpContext context, string error, string description, int status = 400)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new CscError(error, description), CscJson.Default.CscError);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) =>
        await context.Request.ReadFromJsonAsync(type, context.RequestAborted) ?? throw new JsonException();

    private async Task CountAndAnswerAsync(HttpContext context)
    {
        int now = Interlocked.Increment(ref _answering);
        for (int most = _mostAtOnce; now > most; most = _mostAtOnce)
        {
            Interlocked.CompareExchange(ref _mostAtOnce, now, most);
        }

        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string name = context.Request.Path.ToString();
        Requests.Enqueue(name[(name.LastIndexOf('/') + 1)..]);
        context.Response.Headers.Date = (DateTimeOffset.UtcNow + ClockSkew).ToString("R");
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return;
        }

        bool hasToken = context.Request.Headers.Authorization.ToString() is ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. string token] && _accessTokens.ContainsKey(token);
        if (name is not ("/csc/v1/info" or "/csc/v1/auth/login") && !hasToken)
        {
            await RefuseAsync(context, "invalid_token", "The token provided is not a valid OAuth access or refresh token.", 401);
            return;
        }

        if (Held.TryGetValue(name[(name.LastIndexOf('/') + 1)..], out TaskCompletionSource? held))
        {
            Holding.Release();
            await held.Task;
        }

        if (Bodies.TryGetValue(name[(name.LastIndexOf('/') + 1)..], out string? body))
        {
            await context.Response.WriteAsync(body, context.RequestAborted);
            return;
        }

        await (name switch
        {
            "/csc/v1/info" => WriteAsync(context, new InfoResponse("1.0.4.0", "Fake", "", "LU", "en-US", "", ["basic"], null, []), CscJson.Default.InfoResponse),
            "/csc/v1/auth/login" => LoginAsync(context),
            "/csc/v1/auth/revoke" => RevokeAsync(context),
            "/csc/v1/credentials/list" => ListAsync(context),
            "/csc/v1/credentials/info" => InfoAsync(context),
            "/csc/v1/credentials/sendOTP" => SendOtpAsync(context),
            "/csc/v1/credentials/authorize" => AuthorizeAsync(context),
            "/csc/v1/signatures/signHash" => SignHashAsync(context),
            "/card/v1/pin" => CheckPinAsync(context),
            _ => RefuseAsync(context, "invalid_request", "No such method.", 404),
        });
    }

    private async Task LoginAsync(HttpContext context)
    {
        AuthLoginRequest request = await ReadAsync(context, CscJson.Default.AuthLoginRequest);
        string expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Email}:{Password}"));
        if (request.RefreshToken is not null)
        {
            if (!_refreshTokens.TryRemove(request.RefreshToken, out _))
            {
                await RefuseAsync(context, "invalid_request", "Invalid refresh_token");
                return;
            }
        }
        else if (context.Request.Headers.Authorization != expected)
        {
            await RefuseAsync(context, "authentication_error", "An error occurred during authentication process");
            return;
        }

        string access = Token(_accessTokens);
        string? refresh = request.RememberMe == true ? Token(_refreshTokens) : null;
        await WriteAsync(context, new AuthLoginResponse(access, refresh, 3600), CscJson.Default.AuthLoginResponse);
    }

    private static string Token(ConcurrentDictionary<string, byte> tokens)
    {
        string token = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        tokens[token] = 0;
        return token;
    }

    private async Task RevokeAsync(HttpContext context)
    {
        AuthRevokeRequest request = await ReadAsync(context, CscJson.Default.AuthRevokeRequest);
        if (_refreshTokens.TryRemove(request.Token, out _))
        {
            _accessTokens.Clear();
        }

        context.Response.StatusCode = 204;
    }

    private Task ListAsync(HttpContext context) => WriteAsync(
        context, new CredentialsListResponse([.. Credentials.Keys.Order()]), CscJson.Default.CredentialsListResponse);

    private async Task InfoAsync(HttpContext context)
    {
        CredentialsInfoRequest request = await ReadAsync(context, CscJson.Default.CredentialsInfoRequest);
        await WriteAsync(context, Credentials[request.CredentialId].Info(), CscJson.Default.CredentialsInfoResponse);
    }

    private async Task CheckPinAsync(HttpContext context)
    {
        CardPinRequest request = await ReadAsync(context, CscJson.Default.CardPinRequest);
        if (await IsRightAsync(context, request.Pin))
        {
            context.Response.StatusCode = 204;
        }
    }

    private async Task<bool> IsRightAsync(HttpContext context, string? pin)
    {
        if (_pinFailures >= PinTries)
        {
            await RefuseAsync(context, "invalid_request", "PIN locked");
            return false;
        }

        if (pin != CurrentPin)
        {
            _pinFailures++;
            await RefuseAsync(context, "invalid_pin", "The PIN is invalid");
            return false;
        }

        _pinFailures = 0;
        return true;
    }

    private async Task SendOtpAsync(HttpContext context)
    {
        SendOtpRequest request = await ReadAsync(context, CscJson.Default.SendOtpRequest);
        if (CodesTooSoon-- > 0)
        {
            context.Response.Headers.RetryAfter = "0";
            await RefuseAsync(context, "invalid_request", "Too many one-time codes were asked for.", 429);
            return;
        }

        _codes[request.CredentialId] = 0;
        context.Response.StatusCode = 204;
    }

    private async Task AuthorizeAsync(HttpContext context)
    {
        CredentialsAuthorizeRequest request = await ReadAsync(context, CscJson.Default.CredentialsAuthorizeRequest);
        Authorizations.Enqueue(request);
        FakeCredential credential = Credentials[request.CredentialId];
        if (credential.KeyStatus == "disabled")
        {
            await RefuseAsync(context, "invalid_request", "The credential identified by credentialID is disabled");
            return;
        }

        if (credential.NeedsPin && !await IsRightAsync(context, request.Pin))
        {
            return;
        }

        if (credential.NeedsOtp && (request.Otp != Otp || (credential.SentCode is not null && !_codes.TryRemove(credential.Id, out _))))
        {
            await RefuseAsync(context, "invalid_otp", "The OTP is invalid");
            return;
        }

        string sad = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        _sads[sad] = $"{request.CredentialId} {request.Hash?.Single()}";
        await WriteAsync(context, new CredentialsAuthorizeResponse(sad, 300), CscJson.Default.CredentialsAuthorizeResponse);
    }

    private async Task SignHashAsync(HttpContext context)
    {
        SignHashRequest request = await ReadAsync(context, CscJson.Default.SignHashRequest);
        SignHashRequests.Enqueue(request);
        if (Hold is { } hold)
        {
            Holding.Release();
            try
            {
                await hold.Task.WaitAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                Holding.Release();
                return;
            }
        }

        byte[] parameters = Convert.FromBase64String(request.SignAlgoParams ?? "");
        if (!_sads.TryRemove(request.Sad, out string? bound) || bound != $"{request.CredentialId} {request.Hash.Single()}")
        {
            await RefuseAsync(context, "invalid_request", "Hash is not authorized by the SAD.");
            return;
        }

        if (!SignatureAlgorithm.TryRead(request.SignAlgo, parameters, request.HashAlgo, out SignatureAlgorithm? algorithm))
        {
            await RefuseAsync(context, "invalid_request", "Invalid parameter signAlgo");
            return;
        }

        byte[] signature = Credentials[request.CredentialId].Sign(algorithm, Convert.FromBase64String(request.Hash.Single()));
        await WriteAsync(context, new SignHashResponse(Tamper([Convert.ToBase64String(signature)])), CscJson.Default.SignHashResponse);
    }
}
