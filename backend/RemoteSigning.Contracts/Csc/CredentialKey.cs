namespace RemoteSigning.Contracts.Csc;

/// <summary><c>key</c> of <c>credentials/info</c>: status, algorithm OIDs, length in bits, curve OID.</summary>
public sealed record CredentialKey(string Status, IReadOnlyList<string> Algo, int Len, string? Curve);
