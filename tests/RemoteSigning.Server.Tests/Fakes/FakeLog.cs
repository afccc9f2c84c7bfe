using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A Merkle log in memory, built as RFC 9162 defines it and not as it is checked.</summary>
internal sealed class FakeLog : IDisposable
{
    private readonly List<byte[]> _leaves = [];
    private readonly List<string> _lines = [];

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public List<AuditRecord> Records { get; } = [];

    public LogProof Append(Func<long, AuditRecord> make)
    {
        AuditRecord record = make(_leaves.Count);
        string line = JsonSerializer.Serialize(record, AuditJson.Default.AuditRecord);
        Records.Add(record);
        _lines.Add(line);
        _leaves.Add(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line)));
        int index = _leaves.Count - 1;
        return new LogProof(line, index, Path(index, _leaves), Head(record.Node));
    }

    public TreeHead Head(string node)
    {
        byte[] root = Root(_leaves);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        byte[] signature = Key.SignData(
            TreeHead.SignedText(node, _leaves.Count, now, root), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return new TreeHead(node, _leaves.Count, now, root, signature);
    }

    /// <summary>Whether the log ever had this head.</summary>
    public bool Knows(int size, byte[] root) => size <= _leaves.Count && Root(_leaves[..size]).AsSpan().SequenceEqual(root);

    /// <summary>Removes the newest records, as whoever owns the disk can.</summary>
    public void Cut(int records)
    {
        Records.RemoveRange(Records.Count - records, records);
        _leaves.RemoveRange(_leaves.Count - records, records);
        _lines.RemoveRange(_lines.Count - records, records);
    }

    /// <summary>The log as a SAM writes it, with one head at its end.</summary>
    public IReadOnlyList<string> WriteLines(string node) =>
        [.. _lines, $"{{\"head\":{JsonSerializer.Serialize(Head(node), AuditJson.Default.TreeHead)}}}"];

    public void Dispose() => Key.Dispose();

    private static byte[] Root(List<byte[]> leaves)
    {
        if (leaves.Count <= 1)
        {
            return leaves.Count == 0 ? SHA256.HashData([]) : leaves[0];
        }

        int k = Split(leaves.Count);
        return MerkleTree.NodeHash(Root(leaves[..k]), Root(leaves[k..]));
    }

    private static List<byte[]> Path(int index, List<byte[]> leaves)
    {
        if (leaves.Count <= 1)
        {
            return [];
        }

        int k = Split(leaves.Count);
        return index < k
            ? [.. Path(index, leaves[..k]), Root(leaves[k..])]
            : [.. Path(index - k, leaves[k..]), Root(leaves[..k])];
    }

    /// <summary>The largest power of two below n.</summary>
    private static int Split(int n)
    {
        int k = 1;
        while (k * 2 < n)
        {
            k *= 2;
        }

        return k;
    }
}
