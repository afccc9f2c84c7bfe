using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Commands;

/// <summary>A head, a whole proof, or a counter-signed head that somebody kept outside the node.</summary>
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

    /// <summary>The heads of a file of counter-signatures, one on each line, with their witnesses' signatures checked.</summary>
    /// <param name="witnesses">The audit keys of the witnesses, by node.</param>
    /// <param name="log">Only heads of this log; one of <see cref="AuditLogNames"/>.</param>
    /// <exception cref="StartException">A line is no counter-signature, or of a witness that was not named, or does not verify.</exception>
    public static IEnumerable<KeptHead> ReadCounterSigned(string file, IReadOnlyDictionary<string, EcdsaVerifier> witnesses, string? log)
    {
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            CounterSignature signed = Parse(file, number, line);
            if (!witnesses.TryGetValue(signed.Witness, out EcdsaVerifier? key))
            {
                throw new StartException($"{file}, line {number} is of the witness {signed.Witness}: give --witness {signed.Witness}=PEM.");
            }

            if (!key.Use(signed.Verify))
            {
                throw new StartException($"{file}, line {number} is not signed by the witness {signed.Witness}.");
            }

            if (signed.Head.Log == log)
            {
                yield return new KeptHead($"{file}, line {number}, counter-signed by {signed.Witness},", signed.Head, null);
            }
        }
    }

    private static CounterSignature Parse(string file, int number, string line)
    {
        try
        {
            CounterSignature? signed = JsonSerializer.Deserialize(line, AuditJson.Default.CounterSignature);
            return signed is { Witness: not null, Signature: not null, Head: { Node: not null, RootHash: not null, Signature: not null } }
                ? signed
                : throw new JsonException("no counter-signature");
        }
        catch (JsonException e)
        {
            throw new StartException($"{file}, line {number} is no counter-signature: {e.Message}", e);
        }
    }

    private static TreeHead? ReadHead(JsonElement root) =>
        (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("head", out JsonElement inner) ? inner : root)
        .Deserialize(AuditJson.Default.TreeHead);
}
