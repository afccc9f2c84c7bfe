namespace RemoteSigning.Contracts.Algorithms;

/// <summary>
/// A hash algorithm whose digests may be time-stamped (RFC 3161, 2.4.1): its OID and its length in bytes. They are
/// more than what may be signed over, since a time-stamping authority copies a digest and never computes one.
/// </summary>
public sealed record ImprintAlgorithm(string Oid, int Length)
{
    /// <summary>SHA-1 is known, so that it can be refused by name; policy decides whether it may be used.</summary>
    public static IReadOnlyList<ImprintAlgorithm> All { get; } =
    [
        new(Oids.Sha1, 20), new(Oids.Sha224, 28), new(Oids.Sha256, 32), new(Oids.Sha384, 48), new(Oids.Sha512, 64),
        new(Oids.Sha3_256, 32), new(Oids.Sha3_384, 48), new(Oids.Sha3_512, 64),
    ];

    public static ImprintAlgorithm? FromOid(string oid) => All.FirstOrDefault(a => a.Oid == oid);
}
