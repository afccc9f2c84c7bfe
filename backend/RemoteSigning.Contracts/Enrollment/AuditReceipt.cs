using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>GET /enrollment/v1/receipts?digest=HEX</c> on the administration listener: the SAM's proof for the newest
/// signature over this digest, as the server stored it; 404 when there is none.
/// </summary>
public sealed record AuditReceipt(string CredentialId, LogProof Proof);
