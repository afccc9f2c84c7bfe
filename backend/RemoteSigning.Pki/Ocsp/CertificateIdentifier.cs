namespace RemoteSigning.Pki.Ocsp;

/// <summary>CertID (RFC 6960, 4.1.1).</summary>
/// <param name="Encoded">Its DER, to be returned as it came.</param>
/// <param name="SerialNumber">Upper-case hex.</param>
internal sealed record CertificateIdentifier(
    ReadOnlyMemory<byte> Encoded, string HashOid, byte[] NameHash, byte[] KeyHash, string SerialNumber);
