using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary>The signature over a CertificationRequestInfo; ECDSA as DER.</summary>
public sealed record ProofOfPossession(byte[] Signature, LogProof? Audit = null);
