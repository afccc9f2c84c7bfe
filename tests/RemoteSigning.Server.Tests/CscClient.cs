using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>A CSC client of one signer, of v1 unless told otherwise; requests and answers are JSON as they travel.</summary>
internal sealed class CscClient(HttpClient http, string signer, string email, int version = 1) : IDisposable
{
    public string Signer => signer;

    public string Email => email;

    public int Version => version;

    public string? Token { get; private set; }

    /// <summary>Goes with each request.</summary>
    public string? ApiKey { get; init; }

    public async Task<CscResult> SignInAsync(bool rememberMe = false)
    {
        CscResult answer = await SendAsync(
            $"/csc/v{version}/auth/login", rememberMe ? """{"rememberMe":true}""" : "{}", Basic($"{email}:{World.Password}"));
        Token = (string?)answer.Body["access_token"];
        return answer;
    }

    /// <summary>The same signer with the same token, as a client of another version.</summary>
    public CscClient As(int other) => new(http, signer, email, other) { Token = Token, ApiKey = ApiKey };

    /// <summary>The same signer through an application, not signed in.</summary>
    public CscClient Through(string apiKey) => new(http, signer, email, version) { ApiKey = apiKey };

    /// <summary>The same token with another key beside it.</summary>
    public CscClient Beside(string? apiKey) => new(http, signer, email, version) { ApiKey = apiKey, Token = Token };

    public static string Basic(string text) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}";

    public Task<CscResult> PostAsync(string method, JsonObject body) => PostAsync(method, body.ToJsonString());

    public Task<CscResult> PostAsync(string method, string body) => SendAsync($"/csc/v{version}/{method}", body, $"Bearer {Token}");

    public Task<CscResult> AuthorizeAsync(
        string credential, int count, IEnumerable<byte[]>? hashes = null, string? pin = FakeAuthorization.Pin, string? otp = null)
    {
        var body = new JsonObject { ["credentialID"] = credential, ["numSignatures"] = count };
        if (hashes is not null)
        {
            body[Hashes] = Array(hashes);
        }

        foreach ((string id, string? value) in new[] { ("PIN", pin), ("OTP", otp) }.Where(f => f.Item2 is not null))
        {
            if (version < 2)
            {
                body[id] = value;
            }
            else
            {
                body["authData"] ??= new JsonArray();
                body["authData"]!.AsArray().Add(new JsonObject { ["id"] = id, ["value"] = value });
            }
        }

        return PostAsync("credentials/authorize", body);
    }

    public Task<CscResult> ExtendAsync(string credential, string sad, IEnumerable<byte[]>? hashes = null)
    {
        var body = new JsonObject { ["credentialID"] = credential, ["SAD"] = sad };
        if (hashes is not null)
        {
            body[Hashes] = Array(hashes);
        }

        return PostAsync("credentials/extendTransaction", body);
    }

    public Task<CscResult> SignAsync(
        string credential, string sad, IEnumerable<byte[]> hashes, string signAlgo, string? hashAlgo = null, byte[]? parameters = null)
    {
        var body = new JsonObject { ["credentialID"] = credential, ["SAD"] = sad, [Hashes] = Array(hashes), ["signAlgo"] = signAlgo };
        if (hashAlgo is not null)
        {
            body[version < 2 ? "hashAlgo" : "hashAlgorithmOID"] = hashAlgo;
        }

        if (parameters is not null)
        {
            body["signAlgoParams"] = Convert.ToBase64String(parameters);
        }

        return PostAsync("signatures/signHash", body);
    }

    public async Task<CscResult> SendAsync(
        string path, string? body, string? authorization, string type = "application/json", HttpMethod? method = null, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (ApiKey is not null)
        {
            request.Headers.TryAddWithoutValidation("X-API-Key", ApiKey);
        }

        if (traceParent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        using HttpResponseMessage answer = await http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return new CscResult(
            (int)answer.StatusCode,
            text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject(),
            answer.Content.Headers.ContentType?.ToString(),
            answer.Headers.TryGetValues("X-Request-Id", out IEnumerable<string>? ids) ? ids.Single() : null,
            answer.Headers.WwwAuthenticate.ToString())
        {
            RetryAfter = answer.Headers.RetryAfter?.Delta,
        };
    }

    public void Dispose() => http.Dispose();

    private string Hashes => version < 2 ? "hash" : "hashes";

    private static JsonArray Array(IEnumerable<byte[]> hashes) => [.. hashes.Select(h => (JsonNode)Convert.ToBase64String(h))];
}
