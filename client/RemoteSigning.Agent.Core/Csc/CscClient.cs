using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// The CSC v1 API (1.0.4.0) as typed calls. Failures are <see cref="ProblemException"/>s made by <see cref="CscProblems"/>;
/// a call that is cancelled by its token ends with <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed class CscClient(HttpClient http)
{
    private const int PageSize = 100;

    private readonly Uri _server = http.BaseAddress ?? throw new ArgumentException("The HTTP client has no base address.", nameof(http));

    /// <summary><c>info</c>, and the server's clock (the Date header; null when it has none).</summary>
    public async Task<(InfoResponse Info, DateTimeOffset? Time)> GetInfoAsync(CancellationToken cancellation)
    {
        const string Step = "Asking the server for its description";
        using var request = new HttpRequestMessage(HttpMethod.Post, "csc/v1/info") { Content = Json("{}"u8.ToArray()) };
        using HttpResponseMessage response = await SendAsync(Step, request, cancellation);
        return (await ReadAsync(Step, response, CscJson.Default.InfoResponse, cancellation), response.Headers.Date);
    }

    /// <summary><c>auth/login</c> with HTTP Basic; asks for a refresh token.</summary>
    public Task<AuthLoginResponse> LoginAsync(string email, Secret password, CancellationToken cancellation)
    {
        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{password.Reveal()}"));
        return CallAsync(
            "Signing in", "csc/v1/auth/login", new AuthenticationHeaderValue("Basic", basic),
            new AuthLoginRequest(RememberMe: true), CscJson.Default.AuthLoginRequest, CscJson.Default.AuthLoginResponse, cancellation);
    }

    /// <summary><c>auth/login</c> with a refresh token.</summary>
    public Task<AuthLoginResponse> RefreshAsync(string refreshToken, CancellationToken cancellation) => CallAsync(
        "Renewing the sign-in", "csc/v1/auth/login", null,
        new AuthLoginRequest(RefreshToken: refreshToken, RememberMe: true), CscJson.Default.AuthLoginRequest, CscJson.Default.AuthLoginResponse, cancellation);

    public async Task RevokeAsync(string accessToken, string token, string hint, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Post(
            "csc/v1/auth/revoke", Bearer(accessToken), new AuthRevokeRequest(token, hint), CscJson.Default.AuthRevokeRequest);
        using HttpResponseMessage response = await SendAsync("Signing out", request, cancellation);
    }

    public async Task<IReadOnlyList<string>> ListAsync(string accessToken, CancellationToken cancellation)
    {
        const string Step = "Listing the credentials";
        var ids = new List<string>();
        string? page = null;
        do
        {
            CredentialsListResponse answer = await CallAsync(
                Step, "csc/v1/credentials/list", Bearer(accessToken), new CredentialsListRequest(MaxResults: PageSize, PageToken: page),
                CscJson.Default.CredentialsListRequest, CscJson.Default.CredentialsListResponse, cancellation);
            ids.AddRange(answer.CredentialIds.Any(string.IsNullOrEmpty) ? throw CscProblems.Nonsense(Step) : answer.CredentialIds);
            page = answer.CredentialIds.Count == 0 ? null : answer.NextPageToken;
        }
        while (!string.IsNullOrEmpty(page) && ids.Count <= Pipe.CardProtocol.MaximumCredentials);
        return ids;
    }

    public Task<CredentialsInfoResponse> GetCredentialAsync(string accessToken, string id, CancellationToken cancellation) => CallAsync(
        "Reading a credential", "csc/v1/credentials/info", Bearer(accessToken),
        new CredentialsInfoRequest(id, Certificates: "chain", CertInfo: true, AuthInfo: true),
        CscJson.Default.CredentialsInfoRequest, CscJson.Default.CredentialsInfoResponse, cancellation);

    public Task<CredentialsAuthorizeResponse> AuthorizeAsync(string accessToken, CredentialsAuthorizeRequest authorization, CancellationToken cancellation) => CallAsync(
        "Authorizing the signature", "csc/v1/credentials/authorize", Bearer(accessToken), authorization,
        CscJson.Default.CredentialsAuthorizeRequest, CscJson.Default.CredentialsAuthorizeResponse, cancellation);

    /// <summary>Has the server send the signer a one-time code.</summary>
    public async Task SendOtpAsync(string accessToken, string id, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Post(
            "csc/v1/credentials/sendOTP", Bearer(accessToken), new SendOtpRequest(id), CscJson.Default.SendOtpRequest);
        using HttpResponseMessage response = await SendAsync("Asking for a one-time code", request, cancellation);
    }

    public Task<SignHashResponse> SignHashAsync(string accessToken, SignHashRequest hashes, CancellationToken cancellation) => CallAsync(
        "Signing", "csc/v1/signatures/signHash", Bearer(accessToken), hashes,
        CscJson.Default.SignHashRequest, CscJson.Default.SignHashResponse, cancellation);

    /// <summary>Our own addition for <c>C_Login</c>: is this the signer's PIN? Counts as a try.</summary>
    public async Task VerifyPinAsync(string accessToken, Secret pin, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Post(
            "card/v1/pin", Bearer(accessToken), new CardPinRequest(pin.Reveal()), CscJson.Default.CardPinRequest);
        using HttpResponseMessage response = await SendAsync("Checking the PIN", request, cancellation);
    }

    private static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    private static HttpRequestMessage Post<T>(string path, AuthenticationHeaderValue? authorization, T body, JsonTypeInfo<T> type) => new(HttpMethod.Post, path)
    {
        Content = Json(JsonSerializer.SerializeToUtf8Bytes(body, type)),
        Headers = { Authorization = authorization },
    };

    private static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private async Task<TAnswer> CallAsync<TRequest, TAnswer>(
        string step, string path, AuthenticationHeaderValue? authorization, TRequest body,
        JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Post(path, authorization, body, requestType);
        using HttpResponseMessage response = await SendAsync(step, request, cancellation);
        return await ReadAsync(step, response, answerType, cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(string step, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage? response = null;
        try
        {
            response = await http.SendAsync(request, cancellation);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent)
            {
                return response;
            }

            CscError? error = await ReadErrorAsync(response, cancellation);
            TimeSpan? retryAfter = response.Headers.RetryAfter?.Delta;
            response.Dispose();
            throw CscProblems.FromAnswer(step, response.StatusCode, error, retryAfter);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            response?.Dispose();
            throw CscProblems.FromFailure(step, _server, e);
        }
    }

    /// <summary>A gateway's error page is no CSC error; then the status alone speaks.</summary>
    private static async Task<CscError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellation), CscJson.Default.CscError);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<T> ReadAsync<T>(string step, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellation), type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException e)
        {
            throw CscProblems.Nonsense(step, e);
        }
    }
}
