using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Core.Card;

/// <summary>The hash numbers of the card protocol. SHA-224 (2) has a number there, but nothing here can compute with it.</summary>
internal static class CardHash
{
    public static DigestAlgorithm? FromNumber(byte number) => number switch
    {
        1 => DigestAlgorithm.Sha1,
        3 => DigestAlgorithm.Sha256,
        4 => DigestAlgorithm.Sha384,
        5 => DigestAlgorithm.Sha512,
        _ => null,
    };

    public static int Number(DigestAlgorithm digest) => digest.Oid switch
    {
        Oids.Sha1 => 1,
        Oids.Sha256 => 3,
        Oids.Sha384 => 4,
        Oids.Sha512 => 5,
        _ => throw new ArgumentOutOfRangeException(nameof(digest)),
    };
}
