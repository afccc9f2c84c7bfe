using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Tests;

/// <summary>An answer of the CSC API.</summary>
internal sealed record CscResult(int Status, JsonObject Body, string? ContentType, string? RequestId, string Challenge)
{
    public TimeSpan? RetryAfter { get; init; }

    public string? Error => (string?)Body["error"];

    public string? Description => (string?)Body["error_description"];

    public string Sad => (string?)Body["SAD"] ?? throw new InvalidOperationException($"No SAD: {this}");

    public IReadOnlyList<byte[]> Signatures => [.. Body["signatures"]!.AsArray().Select(s => Convert.FromBase64String((string)s!))];

    public (int Status, string? Error, string? Description) Refusal => (Status, Error, Description);

    public override string ToString() => $"{Status} {Body.ToJsonString()}";
}
