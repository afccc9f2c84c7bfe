namespace RemoteSigning.Contracts.Audit;

/// <summary>Proof that a record is in the log (RFC 9162, 2.1.3).</summary>
/// <param name="Record">The exact line of the log, an <see cref="AuditRecord"/> in JSON.</param>
/// <param name="Index">Its position.</param>
/// <param name="Path">Inclusion path, from the leaf's sibling up; base64 in JSON.</param>
/// <param name="Head">The signed head that the path leads to.</param>
public sealed record LogProof(string Record, long Index, IReadOnlyList<byte[]> Path, TreeHead Head);
