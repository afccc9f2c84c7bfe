namespace RemoteSigning.Contracts.Activation;

/// <summary>One thing to sign: a fully determined algorithm and the digest (DTBS/R).</summary>
/// <param name="SignatureAlgorithm">Hash-bound dotted OID, or RSASSA-PSS.</param>
/// <param name="Parameters">DER parameters (base64 in JSON); null or empty when the OID needs none.</param>
/// <param name="Digest">The digest, base64 in JSON.</param>
public sealed record ActivationEntry(string SignatureAlgorithm, byte[]? Parameters, byte[] Digest);
