using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// Counter-signs the heads of other nodes: only one that is signed by that node's audit key and that goes on from the
/// newest one that was counter-signed before, which is durable in <c>witnessed.log</c> before anything is signed. So two
/// histories of a log never both get this node's signature.
/// </summary>
internal sealed class HeadWitness : IDisposable
{
    /// <summary>Offers that are under way while others are answered are few.</summary>
    private const int MostSuperseded = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Node, string? Log), TreeHead> _newest = [];
    private readonly Dictionary<(string Node, string? Log), Queue<string>> _superseded = [];
    private readonly string _node;
    private readonly HeadFile _file;
    private readonly Func<byte[], byte[]> _sign;
    private readonly TimeProvider _clock;

    /// <param name="sign">Signs with this node's audit key (DER).</param>
    /// <exception cref="StartException">A line of the file cannot be read.</exception>
    public HeadWitness(string node, string path, Func<string, IAppendFile> open, Func<byte[], byte[]> sign, TimeProvider clock)
    {
        (_node, _sign, _clock) = (node, sign, clock);
        _file = new HeadFile(path, open, line => Describe(ReadHead(path, line)), line =>
        {
            TreeHead head = ReadHead(path, line);
            _newest[(head.Node, head.Log)] = head;
        });
    }

    /// <summary>The newest head that was counter-signed; a proof of consistency starts there.</summary>
    public TreeHead? Newest(string node, string? log)
    {
        lock (_lock)
        {
            return _newest.GetValueOrDefault((node, log));
        }
    }

    /// <summary>
    /// True when an offer starts from a head that was the newest one a moment ago: whoever offers gave up waiting for our answer to
    /// another offer, or the two overtook each other. Such an offer proves nothing, neither that the log grew nor that it was changed.
    /// </summary>
    public bool IsLate(TreeHead head, string? from)
    {
        lock (_lock)
        {
            return from is not null
                && _newest.TryGetValue((head.Node, head.Log), out TreeHead? newest) && newest.Name != from
                && _superseded.TryGetValue((head.Node, head.Log), out Queue<string>? names) && names.Contains(from);
        }
    }

    /// <param name="auditKey">The audit key of the head's node.</param>
    /// <param name="consistency">From <see cref="Newest"/> to this head; empty for the first.</param>
    /// <returns>Null when the head is not genuine, or does not go on from the newest one.</returns>
    /// <exception cref="IOException">It cannot be remembered, so it is not signed.</exception>
    public CounterSignature? Sign(TreeHead head, EcdsaVerifier auditKey, IReadOnlyList<byte[]> consistency)
    {
        if (head.Log is not (AuditLogNames.Service or AuditLogNames.Administration) || !auditKey.Use(key => head.Verify(key, head.Log)))
        {
            return null;
        }

        lock (_lock)
        {
            if (_newest.TryGetValue((head.Node, head.Log), out TreeHead? newest)
                && !MerkleTree.VerifyConsistency(newest.TreeSize, newest.RootHash, head.TreeSize, head.RootHash, consistency))
            {
                return null;
            }

            _file.Append(LogFormat.WriteHead(head));
            Supersede(newest);
            _newest[(head.Node, head.Log)] = head;
        }

        long timestamp = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new CounterSignature(_node, timestamp, head, _sign(CounterSignature.SignedText(_node, timestamp, head)));
    }

    public void Dispose() => _file.Dispose();

    private static (string, long)? Describe(TreeHead head) => ($"{head.Node}/{head.Log}", head.Timestamp);

    private void Supersede(TreeHead? head)
    {
        if (head is null)
        {
            return;
        }

        if (!_superseded.TryGetValue((head.Node, head.Log), out Queue<string>? names))
        {
            _superseded[(head.Node, head.Log)] = names = [];
        }

        names.Enqueue(head.Name);
        if (names.Count > MostSuperseded)
        {
            names.Dequeue();
        }
    }

    private static TreeHead ReadHead(string path, byte[] line)
    {
        try
        {
            return LogFormat.IsHead(line) ? LogFormat.ReadHead(line) : throw new JsonException("no head");
        }
        catch (JsonException e)
        {
            throw new StartException($"{path} holds a line that is no head: {Encoding.UTF8.GetString(line.AsSpan(0, Math.Min(line.Length, 80)))}", e);
        }
    }
}
