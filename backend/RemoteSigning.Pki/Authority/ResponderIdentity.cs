using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Pki.Authority;

/// <summary>For whom OCSP answers are given, and the certificate by which that CA delegates it to us.</summary>
/// <param name="Authority">One of <see cref="AuthorityNames"/>.</param>
internal sealed record ResponderIdentity(string Authority, X509Certificate2 Issuer, X509Certificate2 Certificate)
{
    private readonly List<(string Oid, byte[] Name, byte[] Key)> _hashes =
    [
        .. DigestAlgorithm.All.Select(a => (
            a.Oid,
            CryptographicOperations.HashData(a.Name, Issuer.SubjectName.RawData),
            CryptographicOperations.HashData(a.Name, Issuer.PublicKey.EncodedKeyValue.RawData))),
    ];

    /// <summary>True when the hashes of a CertID (RFC 6960, 4.1.1) are those of this CA's name and key.</summary>
    public bool IsIssuer(string hashOid, ReadOnlySpan<byte> nameHash, ReadOnlySpan<byte> keyHash)
    {
        foreach ((string oid, byte[] name, byte[] key) in _hashes)
        {
            if (oid == hashOid)
            {
                return nameHash.SequenceEqual(name) && keyHash.SequenceEqual(key);
            }
        }

        return false;
    }
}
