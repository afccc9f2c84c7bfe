using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>One thing to sign.</summary>
/// <param name="Dtbs">In <c>/signatures</c> a digest, in <c>/proofs_of_possession</c> a whole CertificationRequestInfo; base64 in JSON.</param>
/// <param name="SignatureAlgorithm">Dotted OID; in <c>/signatures</c> it overrides the request's.</param>
/// <param name="SignatureAlgorithmParameters">DER, PSS only; base64 in JSON.</param>
public sealed record SignatureRequest(
    [property: JsonRequired] byte[] Dtbs,
    string? SignatureAlgorithm = null,
    byte[]? SignatureAlgorithmParameters = null);
