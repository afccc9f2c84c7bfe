namespace RemoteSigning.Pki.Ocsp;

/// <summary>SingleResponse without its times (RFC 6960, 4.2.1).</summary>
/// <param name="IsKnown">False: not issued by us, certStatus unknown.</param>
/// <param name="RevokedAt">Null: good.</param>
internal sealed record CertificateStatus(CertificateIdentifier Certificate, bool IsKnown, DateTimeOffset? RevokedAt, int? Reason);
