namespace RemoteSigning.Contracts.Audit;

/// <summary>A signed digest in an audit record: dotted OID of the signature algorithm, digest in lower-case hex.</summary>
public sealed record AuditDigest(string SignatureAlgorithm, string Digest);
