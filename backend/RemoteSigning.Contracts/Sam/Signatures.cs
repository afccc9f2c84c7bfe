using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary>Signature values in the order of the requests: RSA the block of the modulus' length, ECDSA DER.</summary>
public sealed record Signatures(
    [property: JsonPropertyName("signatures")] IReadOnlyList<byte[]> Values, LogProof? Audit = null);
