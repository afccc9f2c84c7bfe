using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>A CSC v1 client that hides nothing: requests and answers are JSON as they travel.</summary>
internal sealed class CscCaller : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _base;

    private CscCaller(SandboxDescription sandbox)
    {
        _http = OperatorClient.CreateHttp(sandbox.TlsRoot, identity: null);
        _base = sandbox.Csc.V1!; // The sandbox always has v1.
    }

    /// <summary>Goes out with each request from now on.</summary>
    public string? TraceParent
    {
        set
        {
            _http.DefaultRequestHeaders.Remove("traceparent");
            _http.DefaultRequestHeaders.Add("traceparent", value);
        }
    }

    /// <param name="apiKey">Of the application that it is; goes with each request.</param>
    public static async Task<CscCaller> LoginAsync(SandboxDescription sandbox, SandboxDescription.Signer signer, string? apiKey = null)
    {
        var caller = new CscCaller(sandbox);
        if (apiKey is not null)
        {
            caller._http.DefaultRequestHeaders.Add("X-API-Key", apiKey);
        }

        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{signer.Email}:{signer.Password}"));
        CscAnswer answer = await caller.PostAsync("auth/login", [], new AuthenticationHeaderValue("Basic", basic));
        caller._http.DefaultRequestHeaders.Authorization = new("Bearer", (string?)answer.Body["access_token"]);
        return caller;
    }

    public async Task<CscAnswer> PostAsync(string method, JsonObject body, AuthenticationHeaderValue? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_base}/{method}")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        if (authorization is not null)
        {
            request.Headers.Authorization = authorization;
        }

        using HttpResponseMessage response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        string? id = response.Headers.TryGetValues("X-Request-Id", out IEnumerable<string>? ids) ? ids.Single() : null;
        return new CscAnswer(response.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(), id);
    }

    public Task<CscAnswer> AuthorizeAsync(
        string credential, IReadOnlyList<byte[]> hashes, int? count = null, string? pin = SampleSigner.Pin, string? otp = null)
    {
        var body = new JsonObject
        {
            ["credentialID"] = credential,
            ["numSignatures"] = count ?? hashes.Count,
        };
        Add(body, "hash", hashes.Count == 0 ? null : Array(hashes));
        Add(body, "PIN", pin);
        Add(body, "OTP", otp);
        return PostAsync("credentials/authorize", body);
    }

    public Task<CscAnswer> SignHashAsync(
        string credential, string? sad, IReadOnlyList<byte[]> hashes, string signAlgo, string? hashAlgo = null, byte[]? parameters = null)
    {
        var body = new JsonObject { ["credentialID"] = credential, ["SAD"] = sad, ["hash"] = Array(hashes), ["signAlgo"] = signAlgo };
        Add(body, "hashAlgo", hashAlgo);
        Add(body, "signAlgoParams", parameters is null ? null : Convert.ToBase64String(parameters));
        return PostAsync("signatures/signHash", body);
    }

    /// <summary>Authorizes and signs; the first signature, or the error of whichever call failed.</summary>
    public async Task<(byte[]? Signature, CscAnswer Answer)> SignAsync(string credential, byte[] hash, string signAlgo)
    {
        CscAnswer authorized = await AuthorizeAsync(credential, [hash]);
        if (authorized.Status != HttpStatusCode.OK)
        {
            return (null, authorized);
        }

        CscAnswer signed = await SignHashAsync(credential, authorized.Sad, [hash], signAlgo);
        return (signed.Status == HttpStatusCode.OK ? signed.Signatures[0] : null, signed);
    }

    public void Dispose() => _http.Dispose();

    private static void Add(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }

    private static JsonArray Array(IEnumerable<byte[]> hashes) =>
        [.. hashes.Select(h => (JsonNode)Convert.ToBase64String(h))];
}
