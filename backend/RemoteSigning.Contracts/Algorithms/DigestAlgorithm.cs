using System.Security.Cryptography;

namespace RemoteSigning.Contracts.Algorithms;

/// <summary>A hash algorithm that may be signed over: its OID, its .NET name and its length in bytes.</summary>
public sealed record DigestAlgorithm(string Oid, HashAlgorithmName Name, int Length)
{
    public static readonly DigestAlgorithm Sha1 = new(Oids.Sha1, HashAlgorithmName.SHA1, 20);
    public static readonly DigestAlgorithm Sha256 = new(Oids.Sha256, HashAlgorithmName.SHA256, 32);
    public static readonly DigestAlgorithm Sha384 = new(Oids.Sha384, HashAlgorithmName.SHA384, 48);
    public static readonly DigestAlgorithm Sha512 = new(Oids.Sha512, HashAlgorithmName.SHA512, 64);

    /// <summary>SHA-1 is known, so that it can be refused by name; policy decides whether it may be used.</summary>
    public static IReadOnlyList<DigestAlgorithm> All { get; } = [Sha1, Sha256, Sha384, Sha512];

    public static DigestAlgorithm? FromOid(string oid) => All.FirstOrDefault(a => a.Oid == oid);

    public static DigestAlgorithm? FromName(HashAlgorithmName name) => All.FirstOrDefault(a => a.Name == name);
}
