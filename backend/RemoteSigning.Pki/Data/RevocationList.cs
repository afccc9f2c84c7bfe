namespace RemoteSigning.Pki.Data;

/// <summary>A certificate revocation list (RFC 5280, 5) as it was signed.</summary>
internal sealed class RevocationList
{
    public long Id { get; init; }

    /// <summary>One of <see cref="Authority.AuthorityNames"/>.</summary>
    public required string Issuer { get; init; }

    /// <summary>cRLNumber; rises by one, unique for each issuer.</summary>
    public required long Number { get; init; }

    public required DateTimeOffset ThisUpdate { get; init; }

    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>How many entries it has. Revocation is for good, so another count in the records means it is out of date.</summary>
    public required int Entries { get; init; }

    public required byte[] Der { get; init; }
}
