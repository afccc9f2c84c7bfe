using System.Net;
using System.Text.Json.Nodes;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>An answer of the CSC API.</summary>
/// <param name="RequestId">The header <c>X-Request-Id</c>.</param>
internal sealed record CscAnswer(HttpStatusCode Status, JsonObject Body, string? RequestId = null)
{
    public string? Error => (string?)Body["error"];

    public string? Description => (string?)Body["error_description"];

    public string? Sad => (string?)Body["SAD"];

    public IReadOnlyList<byte[]> Signatures =>
        [.. Body["signatures"]!.AsArray().Select(s => Convert.FromBase64String((string)s!))];

    public override string ToString() => $"{(int)Status} {Body.ToJsonString()}";
}
