using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// A copy of a SAM node's service log, whole from its first record, in one file or in all of a rotation. Nothing in it is
/// believed that its last head does not prove; what stands behind that head is not answered yet, and not read.
/// </summary>
internal sealed class SamLogFiles
{
    private const string HeadStart = "{\"head\":";
    private const string ContinuationStart = "{\"continues\":";

    private readonly LeafTree _tree;
    private readonly Dictionary<int, string> _signed;

    private SamLogFiles(LeafTree tree, TreeHead head, Dictionary<int, string> signed)
    {
        _tree = tree;
        Head = head;
        _signed = signed;
    }

    /// <summary>The last one; its signature is not checked here.</summary>
    public TreeHead Head { get; }

    /// <summary>Places of the records of signatures that were made.</summary>
    public IEnumerable<int> Signed => _signed.Keys.Order();

    /// <param name="files">The oldest first.</param>
    /// <exception cref="InvalidDataException">They are not such a log.</exception>
    public static SamLogFiles Read(IReadOnlyList<string> files)
    {
        var leaves = new List<byte[]>();
        var signed = new Dictionary<int, string>();
        TreeHead? head = null;
        foreach (string line in files.SelectMany(File.ReadLines))
        {
            if (line.StartsWith(HeadStart, StringComparison.Ordinal))
            {
                head = ReadHead(line);
            }
            else if (!line.StartsWith(ContinuationStart, StringComparison.Ordinal))
            {
                if (IsSigned(line))
                {
                    signed[leaves.Count] = line;
                }

                leaves.Add(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(line)));
            }
        }

        return Check(leaves, signed, head);
    }

    /// <summary>The proof of the record at this place.</summary>
    public LogProof Prove(int index) => new(_signed[index], index, _tree.Path(index), Head);

    private static SamLogFiles Check(List<byte[]> leaves, Dictionary<int, string> signed, TreeHead? head)
    {
        if (head is null || head.TreeSize < 1 || head.TreeSize > leaves.Count)
        {
            throw new InvalidDataException("The log has no head over its records. Give all its files, the oldest first.");
        }

        int size = (int)head.TreeSize; // No more than there are leaves.
        var tree = new LeafTree(leaves[..size]);
        return tree.Root.AsSpan().SequenceEqual(head.RootHash)
            ? new SamLogFiles(tree, head, signed.Where(s => s.Key < size).ToDictionary())
            : throw new InvalidDataException("The records are not those of the log's last head. Give all its files, the oldest first.");
    }

    /// <remarks>The last line of a running node's file may be cut: it is a record without a head then, and not read.</remarks>
    private static bool IsSigned(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord) is { Event: AuditEvents.Sign, Outcome: "success" };
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static TreeHead? ReadHead(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("head").Deserialize(AuditJson.Default.TreeHead);
        }
        catch (JsonException)
        {
            throw new InvalidDataException("A line that begins like a head is none.");
        }
    }
}
