using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Commands;

/// <summary>A head, or a whole proof, that somebody kept outside the node.</summary>
/// <param name="Source">The file it was kept in, for messages.</param>
/// <param name="Proof">The proof whose head it is, when there is one: it names one record exactly.</param>
internal sealed record KeptHead(string Source, TreeHead Head, LogProof? Proof)
{
    /// <exception cref="StartException">The file holds neither.</exception>
    public static KeptHead Read(string file)
    {
        try
        {
            byte[] json = File.ReadAllBytes(file);
            using JsonDocument document = JsonDocument.Parse(json);
            bool isProof = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("record", out _);
            LogProof? proof = isProof ? JsonSerializer.Deserialize(json, AuditJson.Default.LogProof) : null;
            TreeHead? head = proof?.Head ?? ReadHead(document.RootElement);
            return head is { Node: not null, RootHash: not null, Signature: not null } && proof is null or { Record: not null, Path: not null }
                ? new KeptHead(file, head, proof)
                : throw new JsonException("no head");
        }
        catch (JsonException e)
        {
            throw new StartException($"{file} holds neither a head nor a proof: {e.Message}", e);
        }
    }

    private static TreeHead? ReadHead(JsonElement root) =>
        (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("head", out JsonElement inner) ? inner : root)
        .Deserialize(AuditJson.Default.TreeHead);
}
