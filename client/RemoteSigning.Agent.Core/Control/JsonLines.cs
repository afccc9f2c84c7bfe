using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>One JSON document and a line feed, capped.</summary>
internal static class JsonLines
{
    public const int MaximumRequest = 16 * 1024;
    public const int MaximumAnswer = 1 << 20;

    /// <exception cref="JsonException">It is too long, cut short, or no such document.</exception>
    public static async Task<T> ReadAsync<T>(Stream stream, int cap, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        byte[] buffer = new byte[cap];
        int length = 0;
        while (length < cap)
        {
            int got = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (got == 0)
            {
                throw new JsonException("The line was cut short.");
            }

            int end = buffer.AsSpan(length, got).IndexOf((byte)'\n');
            if (end >= 0)
            {
                ReadOnlySpan<byte> line = buffer.AsSpan(0, length + end);
                return JsonSerializer.Deserialize(line, type) ?? throw new JsonException("The line holds null.");
            }

            length += got;
        }

        throw new JsonException("The line is too long.");
    }

    public static async Task WriteAsync<T>(Stream stream, T document, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(document, type);
        await stream.WriteAsync(new ReadOnlyMemory<byte>([.. json, (byte)'\n']), cancellation);
    }
}
