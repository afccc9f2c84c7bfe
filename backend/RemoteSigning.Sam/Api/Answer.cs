using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// What a function answers once its record is durable: it is rendered with the proof of that record. Where the body is
/// fixed otherwise, the proof's head goes out in the header <c>X-SAM-Head</c>.
/// </summary>
/// <param name="Change">Comes into force with the record, or not at all.</param>
internal sealed record Answer(int Status, Func<LogProof, byte[]> Render, bool IsHeadInHeader = false, ConfigurationChange? Change = null)
{
    public static Answer Create<T>(int status, JsonTypeInfo<T> type, Func<LogProof, T> render) =>
        new(status, proof => JsonSerializer.SerializeToUtf8Bytes(render(proof), type));
}
