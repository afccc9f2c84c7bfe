using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;
using NUnit.Framework;

namespace RemoteSigning.Server.Tests;

/// <summary>
/// Holds every exchange of the tests with the server against the OpenAPI documents: each answer is described for its operation, and each request
/// that was granted is valid. Fails the test that made it.
/// </summary>
internal sealed class DescribedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string[] Ours = ["/csc/", "/card/", "/application/", "/enrollment/"];

    private static readonly SchemaJudge Judge = new();

    public static void End() => Judge.Dispose();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        string sent = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancel);
        HttpResponseMessage answer = await base.SendAsync(request, cancel);
        string path = request.RequestUri!.AbsolutePath;
        if (Ours.Any(p => path.StartsWith(p, StringComparison.Ordinal)) && DescribedApi.All.All(a => path != a.Name))
        {
            await answer.Content.LoadIntoBufferAsync(cancel);
            string got = await answer.Content.ReadAsStringAsync(cancel);
            List<string> flaws = [.. FindFlaws(request, sent, answer, got)];
            Assert.That(
                flaws,
                Is.Empty,
                $"{request.Method} {request.RequestUri.PathAndQuery} {(int)answer.StatusCode} is not what the description says (backend/RemoteSigning.Server/Description)."
                    + $"\nSent: {sent}\nGot: {(got.Length < 2000 ? got : got[..2000])}");
        }

        return answer;
    }

    private static IEnumerable<string> FindFlaws(HttpRequestMessage request, string sent, HttpResponseMessage answer, string got)
    {
        int status = (int)answer.StatusCode;
        if (DescribedApi.Find(request.Method.Method, request.RequestUri!.AbsolutePath) is not var (api, operation))
        {
            return IsRefusalOfTheUnknown(status, got) ? [] : ["No such operation is described."];
        }

        if (status == 404 && got.Length == 0)
        {
            return []; // The other listener.
        }

        SeenAnswers.Add(operation, status, answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? JsonNode.Parse(got) as JsonObject
            : null);
        return answer.IsSuccessStatusCode && status != 202
            ? [.. OfRequest(api, operation, request, sent), .. OfAnswer(api, operation, status, answer, got)]
            : OfAnswer(api, operation, status, answer, got);
    }

    private static bool IsRefusalOfTheUnknown(int status, string got) =>
        status is 404 or 405 or 501 || (status == 400 && got.Contains("access_denied", StringComparison.Ordinal));

    private static IEnumerable<string> OfAnswer(DescribedApi api, JsonObject operation, int status, HttpResponseMessage answer, string got)
    {
        if (operation["responses"]![status.ToString(System.Globalization.CultureInfo.InvariantCulture)] is not { } response)
        {
            return [$"Status {status} is not described."];
        }

        IEnumerable<string> missing = (response["headers"]?.AsObject() ?? [])
            .Where(h => !answer.Headers.Contains(h.Key)).Select(h => $"The header {h.Key} is missing.");
        string? type = answer.Content.Headers.ContentType?.MediaType;
        return response["content"] is not { } content
            ? [.. missing, .. got.Length == 0 ? Array.Empty<string>() : ["No body is described."]]
            : content[type ?? ""] is not { } media ? [.. missing, $"The type {type} is not described."]
            : type!.EndsWith("json", StringComparison.Ordinal)
                ? [.. missing, .. Judge.FindFlaws(api.Name, api.Components, media["schema"]!, JsonNode.Parse(got)).Select(f => $"answer {f}")]
                : missing;
    }

    private static IEnumerable<string> OfRequest(DescribedApi api, JsonObject operation, HttpRequestMessage request, string sent)
    {
        HashSet<string?> described = [.. (operation["parameters"]?.AsArray() ?? []).Select(p => (string?)p!["name"])];
        IEnumerable<string> unknown = HttpUtility.ParseQueryString(request.RequestUri!.Query).AllKeys
            .Where(k => !described.Contains(k)).Select(k => $"The parameter {k} is not described.");
        if (sent.Length == 0 || operation["requestBody"] is not { } body)
        {
            return unknown;
        }

        JsonNode schema = api.Resolve(body)["content"]!["application/json"]!["schema"]!;
        JsonObject members = JsonNode.Parse(sent, documentOptions: new JsonDocumentOptions { MaxDepth = 64 })!.AsObject();
        members.Where(m => m.Value is null).Select(m => m.Key).ToList().ForEach(m => members.Remove(m)); // They count as absent.
        return [.. unknown, .. Judge.FindFlaws(api.Name, api.Components, schema, members).Select(f => $"request {f}")];
    }
}
