using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Authorization.Api;

/// <summary>Checks a SAM's proof that it refused an activation, under the audit key of the node it was minted for.</summary>
internal sealed class RefusalEvidence(SamRegistry sams, AuthorizationOptions options)
{
    private const string Success = "success";

    /// <summary>
    /// Whether a refusal excludes a signature. A SAM uses up every genuine SAD that it refuses, but it forgets a used
    /// one with its time and its epoch: one that comes again later is refused for these. A SAM that fails refuses
    /// nothing: it need not have used the SAD up. One that is busy did not begin, and used the SAD up.
    /// What a device approved may have been used with another SAD.
    /// </summary>
    public static bool IsConclusive(string outcome) => outcome is not (
        ProblemCodes.SadExpired or ProblemCodes.SadWrongEpoch or ProblemCodes.DeviceUsed or ProblemCodes.HsmUnavailable or ProblemCodes.Internal);

    /// <summary>Why the proof does not show a refusal of this activation; null when it does, with the refusal's code.</summary>
    public string? Flaw(LogProof proof, ActivationRow activation, out string outcome)
    {
        outcome = "";
        if (proof is not { Record: not null, Path: { } path, Head: { Node: not null, RootHash: not null, Signature: not null } }
            || path.Any(p => p is null))
        {
            return "the proof is not well formed";
        }

        using ECDsa? auditKey = sams.OpenAuditKey(activation.Node);
        if (auditKey is null || proof.Head.Node != activation.Node || !proof.Head.Verify(auditKey))
        {
            return "the head is not signed by the node";
        }

        byte[] leaf = MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record));
        return MerkleTree.VerifyInclusion(leaf, proof.Index, proof.Head.TreeSize, proof.Path, proof.Head.RootHash)
            ? FlawOf(proof, activation, out outcome)
            : "the record is not in the log";
    }

    private string? FlawOf(LogProof proof, ActivationRow activation, out string outcome)
    {
        AuditRecord? record = Read(proof.Record);
        outcome = record?.Outcome ?? "";
        if (record is null || record.Index != proof.Index || record.Node != activation.Node || record.Event != AuditEvents.Sign)
        {
            return "the record is not one of a signature request";
        }

        // Another authorization server may have drawn the same jti, and may lie.
        if (record.Jti != activation.Jti || record.AuthorizationServer != options.Issuer)
        {
            return "the record is about another activation";
        }

        // A second use is refused because there was a first one: that proves the opposite.
        return outcome is Success or ProblemCodes.SadUsed ? "the record tells of a use" : null;
    }

    private static AuditRecord? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord);
        }
        catch (JsonException)
        {
            // Not a record; the caller says so.
            return null;
        }
    }
}
