using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Sandbox;

/// <summary>What a registration officer does: makes accounts, signers and credentials, by an operator's certificate.</summary>
public sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _authorization;
    private readonly Uri _administration;

    public OperatorClient(string tlsRoot, SandboxDescription.PemPair identity, Uri authorization, Uri administration)
    {
        _http = CreateHttp(tlsRoot, identity);
        _authorization = authorization;
        _administration = administration;
    }

    /// <summary>An HTTP client that trusts one root and shows this certificate, if any.</summary>
    public static HttpClient CreateHttp(string tlsRoot, SandboxDescription.PemPair? identity) =>
        new(CreateHandler(tlsRoot, identity)) { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>The part of <see cref="CreateHttp"/> that knows whom to trust.</summary>
    public static SocketsHttpHandler CreateHandler(string tlsRoot, SandboxDescription.PemPair? identity)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(tlsRoot));
        var ssl = new SslClientAuthenticationOptions { CertificateChainPolicy = trust };
        if (identity is not null)
        {
            ssl.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(identity.Certificate, identity.Key), null, offline: true);
        }

        return new SocketsHttpHandler { SslOptions = ssl, UseProxy = false };
    }

    public Task<Account> CreateAccountAsync(AccountRequest request, CancellationToken cancel) => PostAsync(
        new Uri(_authorization, "/authorization/v1/accounts"),
        request,
        AuthorizationJson.Default.AccountRequest,
        AuthorizationJson.Default.Account,
        cancel);

    public async Task CreateSignerAsync(SignerRequest request, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(
            new Uri(_administration, "/enrollment/v1/signers"), request, EnrollmentJson.Default.SignerRequest, cancel);
        await ThrowUnlessSuccessAsync(answer, cancel);
    }

    public Task<CredentialCreated> CreateCredentialAsync(string signer, CredentialRequest request, CancellationToken cancel) => PostAsync(
        new Uri(_administration, $"/enrollment/v1/signers/{signer}/credentials"),
        request,
        EnrollmentJson.Default.CredentialRequest,
        EnrollmentJson.Default.CredentialCreated,
        cancel);

    public Task<ApplicationCreated> CreateApplicationAsync(ApplicationRequest request, CancellationToken cancel) => PostAsync(
        new Uri(_administration, "/enrollment/v1/applications"),
        request,
        EnrollmentJson.Default.ApplicationRequest,
        EnrollmentJson.Default.ApplicationCreated,
        cancel);

    /// <summary>A credential of policy device, which waits for the devices of its signer then.</summary>
    public Task<DevicesAwaited> AwaitDevicesAsync(string signer, CredentialRequest request, CancellationToken cancel) => PostAsync(
        new Uri(_administration, $"/enrollment/v1/signers/{signer}/credentials"),
        request,
        EnrollmentJson.Default.CredentialRequest,
        EnrollmentJson.Default.DevicesAwaited,
        cancel);

    /// <summary>The devices that the SAM recorded for a credential.</summary>
    public async Task<EnrolledDevices> ListDevicesAsync(string signer, string credential, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _http.GetAsync(
            new Uri(_administration, $"/enrollment/v1/signers/{signer}/credentials/{credential}/devices"), cancel);
        await ThrowUnlessSuccessAsync(answer, cancel);
        return (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.EnrolledDevices, cancel))!;
    }

    /// <summary>The stored proof of the newest signature over this digest.</summary>
    public async Task<AuditReceipt> GetReceiptAsync(byte[] digest, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _http.GetAsync(
            new Uri(_administration, $"/enrollment/v1/receipts?digest={Convert.ToHexStringLower(digest)}"), cancel);
        await ThrowUnlessSuccessAsync(answer, cancel);
        return (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.AuditReceipt, cancel))!;
    }

    public void Dispose() => _http.Dispose();

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        Uri address, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(address, request, requestType, cancel);
        await ThrowUnlessSuccessAsync(answer, cancel);
        return await answer.Content.ReadFromJsonAsync(answerType, cancel)
            ?? throw new SandboxException($"{address} answered without a body.");
    }

    private static async Task ThrowUnlessSuccessAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        if (!answer.IsSuccessStatusCode)
        {
            string body = await answer.Content.ReadAsStringAsync(cancel);
            throw new SandboxException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode}: {body}");
        }
    }
}
