using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>key</c> of <c>credentials/info</c>: status, algorithm OIDs, length in bits, curve OID.</summary>
public sealed record CredentialKey(
    [property: JsonRequired] string Status,
    [property: JsonRequired] IReadOnlyList<string> Algo,
    int Len,
    string? Curve);
