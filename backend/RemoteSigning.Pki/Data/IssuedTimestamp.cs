namespace RemoteSigning.Pki.Data;

/// <summary>A time-stamp token that was signed. It is recorded before anybody sees it, and never removed by us.</summary>
internal sealed class IssuedTimestamp
{
    public long Id { get; init; }

    /// <summary>Record of the certificate whose key signed it.</summary>
    public required long CertificateId { get; init; }

    /// <summary>16 random bytes; unique.</summary>
    public required byte[] SerialNumber { get; init; }

    /// <summary>genTime of the token.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Dotted OID.</summary>
    public required string Policy { get; init; }

    /// <summary>Dotted OID.</summary>
    public required string HashAlgorithm { get; init; }

    /// <summary>The digest that was stamped.</summary>
    public required byte[] Imprint { get; init; }
}
