using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>A connection of its own to a node.</summary>
internal sealed class SamClient : IDisposable
{
    private readonly HttpClient _http;

    public SamClient(Uri address, string trustedRoot, TlsIdentity? identity)
    {
        if (identity is not null)
        {
            _http = MutualTls.CreateClient(
                new RemoteOptions
                {
                    Url = address,
                    TrustedRoot = trustedRoot,
                    Tls = new TlsOptions { Certificate = identity.Certificate, Key = identity.Key },
                },
                TimeSpan.FromSeconds(30));
            return;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(trustedRoot));
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
        _http = new HttpClient(handler) { BaseAddress = address };
    }

    /// <summary>Over somebody else's way to the node.</summary>
    public SamClient(HttpClient http) => _http = http;

    public async Task<SamStatus> GetStatusAsync() =>
        (await SendAsync(HttpMethod.Get, "/sam/v1/status", (byte[]?)null)).As(SamJson.Default.SamStatus);

    public Task<Reply> GenerateAsync(KeyTemplate template) => SendAsync(
        HttpMethod.Post, "/sam/v1/key_pairs", new GenerateKeyPairRequest(template), SamJson.Default.GenerateKeyPairRequest);

    public Task<Reply> AssignAsync(
        KeyPair pair, string signer, string subject = TestKey.Subject, string? purpose = null, string? policy = null) =>
        AssignAsync(new AssignKeyPairRequest(pair, new Signer(signer), subject, purpose, policy), null);

    public Task<Reply> AssignAsync(AssignKeyPairRequest request, string? skad) => SendAsync(
        HttpMethod.Post,
        "/sam/v1/signers/$body/key_pairs",
        request,
        SamJson.Default.AssignKeyPairRequest,
        skad is null ? [] : [(SkadClaims.HeaderName, skad)]);

    public Task<Reply> ProvePossessionAsync(KeyPair pair, byte[] requestInfo, string algorithm) => SendAsync(
        HttpMethod.Post,
        "/sam/v1/proofs_of_possession",
        new ProofOfPossessionRequest(pair, new SignatureRequest(requestInfo, algorithm)),
        SamJson.Default.ProofOfPossessionRequest);

    public Task<Reply> ChangeStatusAsync(KeyPair pair, string signer, bool certified, bool enabled, byte[]? certificate = null) => SendAsync(
        HttpMethod.Put,
        "/sam/v1/key_pairs/$body",
        new ChangeStatusRequest(pair, new Signer(signer), new KeyPairStatus(certified, enabled), certificate),
        SamJson.Default.ChangeStatusRequest);

    public Task<Reply> DeleteAsync(KeyPair pair, string signer) => SendAsync(
        HttpMethod.Delete,
        "/sam/v1/key_pairs/$body",
        new DeleteKeyPairRequest(pair, new Signer(signer)),
        SamJson.Default.DeleteKeyPairRequest);

    public Task<Reply> SignAsync(SignaturesRequest request, string? sad) => SendAsync(
        HttpMethod.Post, "/sam/v1/signatures", request, SamJson.Default.SignaturesRequest, sad is null ? [] : [(SadClaims.HeaderName, sad)]);

    /// <param name="to"><c>retire</c> or <c>reinstate</c>.</param>
    public Task<Reply> SetStandingAsync(string to, string peer) => SendAsync(
        HttpMethod.Post, $"/sam/v1/peers/$body/{to}", new PeerStandingRequest(peer), SamJson.Default.PeerStandingRequest);

    public Task<Reply> GetWithHeadAsync(string head) =>
        SendAsync(HttpMethod.Get, "/sam/v1/status", null, (TreeHead.HeaderName, head));

    public Task<Reply> SendAsync<T>(
        HttpMethod method, string path, T body, JsonTypeInfo<T> type, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, JsonSerializer.SerializeToUtf8Bytes(body, type), headers);

    public Task<Reply> SendAsync(HttpMethod method, string path, string body) =>
        SendAsync(method, path, Encoding.UTF8.GetBytes(body));

    public async Task<Reply> SendAsync(HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.ExpectContinue = body.Length > 1_000_000;
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        string? id = response.Headers.TryGetValues("X-Request-Id", out IEnumerable<string>? ids) ? ids.Single() : null;
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(), id);
    }

    public async Task<Reply> SendAsync(HttpMethod method, string path, HeldContent body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using HttpResponseMessage response = await _http.SendAsync(request);
        return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();
}
