using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>A client of the CSC API, v1: the first signer of a sandbox, signed in.</summary>
internal sealed class CscCaller : IDisposable
{
    private readonly RunningSandbox _sandbox;
    private readonly HttpClient _http;

    private CscCaller(RunningSandbox sandbox)
    {
        _sandbox = sandbox;
        _http = OperatorClient.CreateHttp(sandbox.Description.TlsRoot, identity: null);
    }

    public string Token { get; private set; } = "";

    private SandboxDescription.Signer Signer => _sandbox.Description.Signers[0];

    public static async Task<CscCaller> LoginAsync(RunningSandbox sandbox)
    {
        var caller = new CscCaller(sandbox);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{sandbox.Description.Csc.V1}/auth/login");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{caller.Signer.Email}:{caller.Signer.Password}")));
        request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await caller._http.SendAsync(request);
        await EnsureAsync(response);
        caller.Token = (await response.Content.ReadFromJsonAsync(CscJson.Default.AuthLoginResponse))!.AccessToken; // An answer has a body.
        caller._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", caller.Token);
        return caller;
    }

    public SandboxDescription.Credential Credential(string key, string scal) =>
        Signer.Credentials.First(c => c.Algorithm == key && c.Scal == scal);

    /// <summary>SubjectPublicKeyInfo from the credential's certificate.</summary>
    public async Task<byte[]> PublicKeyAsync(SandboxDescription.Credential credential)
    {
        CredentialsInfoResponse info = await InfoAsync(credential);
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(
            Convert.FromBase64String(info.Cert.Certificates![0])); // It was asked for.
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }

    public Task<CredentialsListResponse> ListAsync() => PostAsync(
        "credentials/list", new CredentialsListRequest(), CscJson.Default.CredentialsListRequest, CscJson.Default.CredentialsListResponse);

    public Task<CredentialsInfoResponse> InfoAsync(SandboxDescription.Credential credential) => PostAsync(
        "credentials/info",
        new CredentialsInfoRequest(credential.Id, "single", true, true),
        CscJson.Default.CredentialsInfoRequest,
        CscJson.Default.CredentialsInfoResponse);

    /// <summary>The SAD.</summary>
    public async Task<string> AuthorizeAsync(SandboxDescription.Credential credential, IReadOnlyList<string> hashes) => (await PostAsync(
        "credentials/authorize",
        new CredentialsAuthorizeRequest(credential.Id, hashes.Count, hashes, SampleSigner.Pin),
        CscJson.Default.CredentialsAuthorizeRequest,
        CscJson.Default.CredentialsAuthorizeResponse)).Sad;

    public async Task<IReadOnlyList<string>> SignHashAsync(SandboxDescription.Credential credential, string sad, IReadOnlyList<string> hashes) => (await PostAsync(
        "signatures/signHash",
        new SignHashRequest(credential.Id, sad, hashes, null, credential.Algorithm == "P-256" ? Oids.EcdsaWithSha256 : Oids.Sha256WithRsa),
        CscJson.Default.SignHashRequest,
        CscJson.Default.SignHashResponse)).Signatures;

    /// <summary><c>credentials/authorize</c>, then <c>signatures/signHash</c>.</summary>
    /// <returns>What verifies all signatures.</returns>
    public async Task<Action?> SignAsync(SandboxDescription.Credential credential, byte[] publicKey, int count)
    {
        byte[][] hashes = [.. Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetBytes(32))];
        string[] encoded = [.. hashes.Select(Convert.ToBase64String)];
        string sad = await AuthorizeAsync(credential, encoded);
        IReadOnlyList<string> signatures = await SignHashAsync(credential, sad, encoded);
        return () => Check(publicKey, hashes, signatures);
    }

    public void Dispose() => _http.Dispose();

    private static void Check(byte[] publicKey, byte[][] hashes, IReadOnlyList<string> signatures)
    {
        bool verified = signatures.Count == hashes.Length
            && Signatures.VerifyAll(publicKey, hashes.Zip(signatures.Select(Convert.FromBase64String)), der: true);
        if (!verified)
        {
            throw new BenchmarkException("A signature of the CSC API does not verify.");
        }
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string method, TRequest body, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync($"{_sandbox.Description.Csc.V1}/{method}", body, requestType);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync(answerType))!; // As above.
    }

    private static async Task EnsureAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new BenchmarkException($"{response.RequestMessage?.RequestUri}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
