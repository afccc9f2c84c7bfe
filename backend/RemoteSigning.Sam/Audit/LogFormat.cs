using System.Globalization;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// A log is UTF-8, one JSON object on each line, each line ended by LF. A line that begins with
/// <c>{"head":</c> holds the signed head over all records above it; any other line is a record, and the exact
/// bytes of that line without LF are a leaf of the tree. A file that goes on with a rotated one begins with
/// <c>{"continues":</c>, which says with what the tree goes on.
/// </summary>
internal static class LogFormat
{
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static ReadOnlySpan<byte> HeadStart => "{\"head\":"u8;

    private static ReadOnlySpan<byte> ContinuationStart => "{\"continues\":"u8;

    public static bool IsHead(ReadOnlySpan<byte> line) => line.StartsWith(HeadStart);

    public static bool IsContinuation(ReadOnlySpan<byte> line) => line.StartsWith(ContinuationStart);

    public static byte[] WriteContinuation(Continuation continuation) =>
        [.. ContinuationStart, .. JsonSerializer.SerializeToUtf8Bytes(continuation, LogJson.Default.Continuation), (byte)'}'];

    /// <exception cref="JsonException">The line is not a continuation.</exception>
    public static Continuation ReadContinuation(ReadOnlySpan<byte> line)
    {
        Continuation? continuation = line[^1] == '}'
            ? JsonSerializer.Deserialize(line[ContinuationStart.Length..^1], LogJson.Default.Continuation)
            : null;
        return continuation is { Subtrees: not null, Head: { Node: not null, RootHash: not null, Signature: not null } }
            && continuation.Subtrees.All(s => s is not null)
            ? continuation
            : throw new JsonException("The line is not a continuation.");
    }

    public static byte[] WriteRecord(AuditRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, AuditJson.Default.AuditRecord);

    public static byte[] WriteHead(TreeHead head) =>
        [.. HeadStart, .. JsonSerializer.SerializeToUtf8Bytes(head, AuditJson.Default.TreeHead), (byte)'}'];

    /// <exception cref="JsonException">The line is not a record.</exception>
    public static AuditRecord ReadRecord(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord) ?? throw new JsonException("The line is null.");

    /// <exception cref="JsonException">The line is not a head.</exception>
    public static TreeHead ReadHead(ReadOnlySpan<byte> line)
    {
        TreeHead? head = line[^1] == '}'
            ? JsonSerializer.Deserialize(line[HeadStart.Length..^1], AuditJson.Default.TreeHead)
            : null;
        return head is { Node: not null, RootHash: not null, Signature: not null } ? head : throw new JsonException("The line is not a head.");
    }

    public static string WriteTime(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static bool TryReadTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
