using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// The closed set of things to sign that one activation approves. Order is free, multiplicity counts.
/// Each entry is encoded as three fields (OID in ASCII, parameters, digest), each preceded by its length
/// as 32-bit big-endian; the encoded entries are sorted bytewise and hashed one after the other.
/// </summary>
public static class ActivationSet
{
    /// <summary>SHA-256 over the sorted entries.</summary>
    public static byte[] Digest(IEnumerable<ActivationEntry> entries)
    {
        List<byte[]> encoded = [.. entries.Select(Encode)];
        encoded.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] entry in encoded)
        {
            hash.AppendData(entry);
        }

        return hash.GetHashAndReset();
    }

    private static byte[] Encode(ActivationEntry entry)
    {
        byte[] oid = Encoding.ASCII.GetBytes(entry.SignatureAlgorithm);
        byte[] parameters = entry.Parameters ?? [];
        byte[] result = new byte[12 + oid.Length + parameters.Length + entry.Digest.Length];
        int at = 0;
        foreach (byte[] field in (ReadOnlySpan<byte[]>)[oid, parameters, entry.Digest])
        {
            BinaryPrimitives.WriteInt32BigEndian(result.AsSpan(at), field.Length);
            field.CopyTo(result, at + 4);
            at += 4 + field.Length;
        }

        return result;
    }
}
