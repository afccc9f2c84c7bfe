using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>What the authorization server makes of a SAM's proof that it refused.</summary>
internal static class FakeEvidence
{
    /// <summary>
    /// Whether the refusal used the SAD up, so that no signature can come of it any more. One for its age or epoch did not;
    /// and one for a former use proves the opposite of what it is shown for.
    /// </summary>
    public static bool IsConclusive(LogProof? proof, string jti, string node, ECDsa auditKey)
    {
        AuditRecord? record = proof is not null && IsInLog(proof, node, auditKey)
            ? JsonSerializer.Deserialize(proof.Record, AuditJson.Default.AuditRecord)
            : null;
        FakeRefusal.Unless(
            record is { Event: AuditEvents.Sign, AuthorizationServer: FakeAuthorization.Issuer, Outcome: not ("success" or ProblemCodes.SadUsed) }
                && record.Jti == jti && record.Node == node && record.Index == proof!.Index,
            Problem.InvalidRequest,
            ProblemCodes.IntegrityError);
        return record!.Outcome is not (
            ProblemCodes.SadExpired or ProblemCodes.SadWrongEpoch or ProblemCodes.DeviceUsed or ProblemCodes.HsmUnavailable or ProblemCodes.Internal);
    }

    private static bool IsInLog(LogProof proof, string node, ECDsa auditKey) =>
        proof.Head.Node == node && proof.Head.Verify(auditKey)
        && MerkleTree.VerifyInclusion(
            MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record)), proof.Index, proof.Head.TreeSize, proof.Path, proof.Head.RootHash);
}
