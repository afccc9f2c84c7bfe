using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary>The key pair that can never be used again.</summary>
public sealed record DeletedKeyPair(string KeyId, LogProof? Audit = null);
