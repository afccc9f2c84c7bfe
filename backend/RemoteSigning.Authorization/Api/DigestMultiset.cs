namespace RemoteSigning.Authorization.Api;

/// <summary>
/// Approved digests, each with how often: order is free, multiplicity counts. Stored as the digests one
/// after the other, each preceded by its length in one byte.
/// </summary>
internal sealed class DigestMultiset
{
    private readonly Dictionary<string, int> _counts = [];

    public DigestMultiset(IEnumerable<byte[]> digests) => Add(digests);

    public static DigestMultiset Read(byte[] stored)
    {
        var digests = new List<byte[]>();
        for (int at = 0; at < stored.Length; at += 1 + stored[at])
        {
            digests.Add(stored[(at + 1)..(at + 1 + stored[at])]);
        }

        return new DigestMultiset(digests);
    }

    public void Add(IEnumerable<byte[]> digests)
    {
        foreach (byte[] digest in digests)
        {
            string key = Convert.ToHexString(digest);
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }

    public void Add(DigestMultiset other) => Add(other.All());

    /// <summary>Takes all of them out; false when one is not there (often enough), then this is no longer of use.</summary>
    public bool TryTake(IEnumerable<byte[]> digests)
    {
        foreach (byte[] digest in digests)
        {
            string key = Convert.ToHexString(digest);
            int left = _counts.GetValueOrDefault(key);
            if (left == 0)
            {
                return false;
            }

            _counts[key] = left - 1;
        }

        return true;
    }

    public byte[] ToBytes()
    {
        using var stored = new MemoryStream();
        foreach (byte[] digest in All())
        {
            stored.WriteByte(checked((byte)digest.Length));
            stored.Write(digest);
        }

        return stored.ToArray();
    }

    private List<byte[]> All() =>
        [.. _counts.SelectMany(c => Enumerable.Repeat(Convert.FromHexString(c.Key), c.Value))];
}
