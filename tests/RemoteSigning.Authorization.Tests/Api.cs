using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>A caller with a TLS identity.</summary>
internal sealed class Api : IDisposable
{
    private static readonly AuthorizationJson Json = AuthorizationJson.Default;

    private readonly HttpClient _client;

    public Api(Uri address, TlsIdentity identity, string trustedRoot)
    {
        _client = MutualTls.CreateClient(
            new RemoteOptions
            {
                Url = new Uri(address, "/authorization/v1/"),
                TrustedRoot = trustedRoot,
                Tls = new TlsOptions { Certificate = identity.Certificate, Key = identity.Key },
            },
            TimeSpan.FromSeconds(60));
        // More than one caller at a time is a matter of separate connections here.
        _client.DefaultRequestVersion = HttpVersion.Version11;
    }

    private Api() => _client = new HttpClient();

    /// <summary>Before the server is up.</summary>
    public static Api None => new();

    public Task<Account> CreateAccountAsync(AccountRequest request) =>
        GetAsync("accounts", request, Json.AccountRequest, Json.Account);

    public Task<string> TryCreateAccountAsync(AccountRequest request) => TryAsync("accounts", request, Json.AccountRequest);

    public Task<string> TryResetPinAsync(string signer, string pin) =>
        TryAsync($"accounts/{signer}/pin", new PinReset(pin), Json.PinReset, HttpMethod.Put);

    public Task<string> TryChangeAddressesAsync(string signer, CodeAddresses addresses) =>
        TryAsync($"accounts/{signer}/code_addresses", addresses, Json.CodeAddresses, HttpMethod.Put);

    public Task<Session> SignInAsync(string login, string password, bool rememberMe = false, string client = TokenState.DirectClient) =>
        GetAsync("sessions", new SessionRequest(login, password, rememberMe, client), Json.SessionRequest, Json.Session);

    public Task<string> TrySignInAsync(string login, string password, string client = TokenState.DirectClient) =>
        TryAsync("sessions", new SessionRequest(login, password, ClientId: client), Json.SessionRequest);

    public Task<Session> RefreshAsync(string token) =>
        GetAsync("session_refreshes", new SessionRefresh(token), Json.SessionRefresh, Json.Session);

    public Task<string> TryRefreshAsync(string token, string client = TokenState.DirectClient) =>
        TryAsync("session_refreshes", new SessionRefresh(token, client), Json.SessionRefresh);

    public Task<TokenState> QueryAsync(string token) =>
        GetAsync("token_states", new TokenQuery(token), Json.TokenQuery, Json.TokenState);

    public Task<string> TryQueryAsync(string token) => TryAsync("token_states", new TokenQuery(token), Json.TokenQuery);

    public Task<string> TryRevokeAsync(string access, string token, string? hint = null) =>
        TryAsync("token_revocations", new TokenRevocation(access, token, hint), Json.TokenRevocation);

    public Task<string> TryVerifyPinAsync(string access, string pin, CancellationToken cancel = default) =>
        TryAsync("pin_verifications", new PinVerification(access, pin), Json.PinVerification, cancel: cancel);

    public Task<OneTimeCode> SendCodeAsync(OneTimeCodeRequest request) =>
        GetAsync("one_time_codes", request, Json.OneTimeCodeRequest, Json.OneTimeCode);

    public Task<string> TrySendCodeAsync(OneTimeCodeRequest request) =>
        TryAsync("one_time_codes", request, Json.OneTimeCodeRequest);

    public Task<ApprovalNotice> TellOfApprovalAsync(ApprovalNoticeRequest request) =>
        GetAsync("approval_notices", request, Json.ApprovalNoticeRequest, Json.ApprovalNotice);

    public Task<string> TryTellOfApprovalAsync(ApprovalNoticeRequest request) =>
        TryAsync("approval_notices", request, Json.ApprovalNoticeRequest);

    public Task<string> TryRegisterAsync(CredentialRegistration credential) =>
        TryAsync("credentials", credential, Json.CredentialRegistration);

    public Task<Transaction> ApproveAsync(TransactionRequest request) =>
        GetAsync("transactions", request, Json.TransactionRequest, Json.Transaction);

    public Task<string> TryApproveAsync(TransactionRequest request, CancellationToken cancel = default) =>
        TryAsync("transactions", request, Json.TransactionRequest, cancel: cancel);

    public Task<Transaction> ExtendAsync(TransactionExtension request) =>
        GetAsync("transaction_extensions", request, Json.TransactionExtension, Json.Transaction);

    public Task<string> TryExtendAsync(TransactionExtension request) =>
        TryAsync("transaction_extensions", request, Json.TransactionExtension);

    public Task<Activation> ActivateAsync(ActivationRequest request) =>
        GetAsync("activations", request, Json.ActivationRequest, Json.Activation);

    public Task<ApprovalContent> PrepareAsync(ActivationRequest request) =>
        GetAsync("approvals", request, Json.ActivationRequest, Json.ApprovalContent);

    public Task<string> TryPrepareAsync(ActivationRequest request) => TryAsync("approvals", request, Json.ActivationRequest);

    public Task<DeviceRegistrationOffer> BeginDevicesAsync(DeviceRegistrationRequest request) =>
        GetAsync("device_registrations", request, Json.DeviceRegistrationRequest, Json.DeviceRegistrationOffer);

    public Task<string> TryBeginDevicesAsync(DeviceRegistrationRequest request) =>
        TryAsync("device_registrations", request, Json.DeviceRegistrationRequest);

    public Task<Skad> MintSkadAsync(SkadRequest request) => GetAsync("skads", request, Json.SkadRequest, Json.Skad);

    public Task<string> TryMintSkadAsync(SkadRequest request) => TryAsync("skads", request, Json.SkadRequest);

    public Task<DeviceList> ListDevicesAsync(DeviceListRequest request) =>
        GetAsync("device_lists", request, Json.DeviceListRequest, Json.DeviceList);

    public Task<string> TryListDevicesAsync(DeviceListRequest request) => TryAsync("device_lists", request, Json.DeviceListRequest);

    public Task<string> TryActivateAsync(ActivationRequest request) => TryAsync("activations", request, Json.ActivationRequest);

    public Task<string> TryReportAsync(ActivationOutcome outcome) =>
        TryAsync("activation_outcomes", outcome, Json.ActivationOutcome);

    /// <summary>
    /// Sends a body as it stands; returns status and code, as in <c>400 malformed</c>, with the seconds of <c>Retry-After</c>
    /// if there are any, or the status alone.
    /// </summary>
    public async Task<string> TryAsync(HttpMethod method, string path, HttpContent content, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage response = await _client.SendAsync(request, cancel);
        string status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        return response.IsSuccessStatusCode ? status : $"{status} {await CodeAsync(response)} {response.Headers.RetryAfter}".TrimEnd();
    }

    public Task<string> TryAsync(string path, string json) =>
        TryAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public void Dispose() => _client.Dispose();

    private static async Task<string> CodeAsync(HttpResponseMessage response)
    {
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        ProblemDocument? problem = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(), Json.ProblemDocument);
        Assert.That(problem?.Status, Is.EqualTo((int)response.StatusCode));
        return problem?.Code ?? "";
    }

    private static ByteArrayContent Content<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private Task<string> TryAsync<T>(
        string path, T value, JsonTypeInfo<T> type, HttpMethod? method = null, CancellationToken cancel = default) =>
        TryAsync(method ?? HttpMethod.Post, path, Content(value, type), cancel);

    private async Task<TAnswer> GetAsync<T, TAnswer>(string path, T value, JsonTypeInfo<T> type, JsonTypeInfo<TAnswer> answer)
    {
        using HttpResponseMessage response = await _client.PostAsync(path, Content(value, type));
        string text = await response.Content.ReadAsStringAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, text);
        Assert.That(response.StatusCode, Is.EqualTo(path is "token_states" or "device_lists" or "approval_notices" ? HttpStatusCode.OK : HttpStatusCode.Created));
        return JsonSerializer.Deserialize(text, answer) ?? throw new InvalidOperationException(text);
    }
}
