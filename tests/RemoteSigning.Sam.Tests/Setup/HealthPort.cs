using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>The health port of a node, as a balancer or Prometheus asks it.</summary>
internal sealed class HealthPort : IDisposable
{
    private readonly HttpClient _http = new();

    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>Gives a stopped node this port.</summary>
    public void Configure(TestNode node) => node.Configure(sam => sam["Health"] = new JsonObject { ["Listen"] = Address.ToString() });

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        return await _http.SendAsync(request);
    }

    /// <summary>The status, and the checks that fail with their reasons.</summary>
    public async Task<(int Status, IReadOnlyDictionary<string, string> Failing)> ReadyAsync()
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/health/ready");
        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return ((int)answer.StatusCode, body["checks"]!.AsArray()
            .Where(c => (string?)c!["state"] == "failed")
            .ToDictionary(c => (string)c!["name"]!, c => (string)c!["reason"]!));
    }

    public async Task<PrometheusText> MetricsAsync() => PrometheusText.Parse(await MetricsTextAsync());

    public async Task<string> MetricsTextAsync()
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/metrics");
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    public void Dispose() => _http.Dispose();
}
