using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Api;

/// <summary>What a function answers once its record is durable: it is rendered with the proof of that record.</summary>
internal sealed record Answer(int Status, Func<LogProof, byte[]> Render)
{
    public static Answer Create<T>(int status, JsonTypeInfo<T> type, Func<LogProof, T> render) =>
        new(status, proof => JsonSerializer.SerializeToUtf8Bytes(render(proof), type));
}
