namespace RemoteSigning.Pki.Data;

/// <summary>A certificate that one of our CAs has signed. It is recorded before anybody sees it, and never removed.</summary>
internal sealed class IssuedCertificate
{
    public long Id { get; init; }

    /// <summary>Which CA signed it: one of <see cref="Authority.AuthorityNames"/>.</summary>
    public required string Issuer { get; init; }

    /// <summary>Upper-case hex, as <c>X509Certificate2.SerialNumber</c>.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>One of <see cref="Authority.ProfileNames"/>.</summary>
    public required string Profile { get; init; }

    /// <summary>RFC 4514, for people.</summary>
    public required string Subject { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo.</summary>
    public required byte[] PublicKeyDigest { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required byte[] Der { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>CRLReason (RFC 5280, 5.3.1); null unless revoked.</summary>
    public int? RevocationReason { get; init; }
}
