using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Peers;

/// <summary>
/// What this server knows of the audit log of one node of the SAM: the key that signs its heads and the newest head it has
/// seen, which it tells with each request so that a log that was cut or rewritten is found out.
/// </summary>
internal sealed class SamLog
{
    private readonly byte[] _publicKey;
    private readonly KeptKey<ECDsa> _key;
    private readonly Lock _gate = new();
    private TreeHead? _newest;
    private long _keptSize;

    /// <param name="publicKey">SubjectPublicKeyInfo, PEM.</param>
    public SamLog(string node, string publicKey)
    {
        Node = node;
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        _publicKey = key.ExportSubjectPublicKeyInfo();
        _key = new KeptKey<ECDsa>(Import);
    }

    /// <summary>The node whose log it is; others may sign theirs with the same key.</summary>
    public string Node { get; }

    public TreeHead? Newest
    {
        get
        {
            lock (_gate)
            {
                return _newest;
            }
        }
    }

    /// <summary>How many records the head covers that is known to be stored without a receipt.</summary>
    public long KeptSize => Interlocked.Read(ref _keptSize);

    /// <summary>Value of the header <see cref="TreeHead.HeaderName"/>; null before the first head.</summary>
    public string? Header => Newest?.Name;

    public bool IsSignedBy(string publicKeyPem)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(publicKeyPem);
        return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_publicKey);
    }

    /// <summary>Believes a proof after checking it, remembers its head, and gives the record that it proves.</summary>
    /// <exception cref="PeerException">It proves nothing.</exception>
    public AuditRecord Accept(LogProof? proof)
    {
        if (proof is null)
        {
            throw PeerException.Unbelievable(SamClient.Name, "The SAM answered without a proof that the request is in its log.");
        }

        byte[] leaf = MerkleTree.LeafHash(Encoding.UTF8.GetBytes(proof.Record));
        if (!MerkleTree.VerifyInclusion(leaf, proof.Index, proof.Head.TreeSize, proof.Path, proof.Head.RootHash))
        {
            throw PeerException.Unbelievable(SamClient.Name, "The SAM's record is not in the log that its head covers.");
        }

        Accept(proof.Head);
        AuditRecord record = Read(proof.Record);
        return record.Index == proof.Index && record.Node == proof.Head.Node
            ? record
            : throw PeerException.Unbelievable(SamClient.Name, "The SAM's record names another place than its proof.");
    }

    /// <summary>Believes a head after checking its signature; a newer one replaces an older one.</summary>
    /// <exception cref="PeerException">It is not signed, or contradicts one that was seen.</exception>
    public void Accept(TreeHead head)
    {
        if (head.Node != Node || !_key.Use(key => head.Verify(key)))
        {
            throw PeerException.Unbelievable(SamClient.Name, "The head of the SAM's log is not signed by its audit key.");
        }

        lock (_gate)
        {
            if (_newest is { } newest && newest.TreeSize == head.TreeSize && !newest.RootHash.AsSpan().SequenceEqual(head.RootHash))
            {
                throw PeerException.Unbelievable(SamClient.Name, "The SAM signed two different logs of the same length.");
            }

            if (_newest is null || head.TreeSize > _newest.TreeSize)
            {
                _newest = head;
            }
        }
    }

    public void NoteKept(TreeHead head)
    {
        lock (_gate)
        {
            _keptSize = Math.Max(_keptSize, head.TreeSize);
        }
    }

    private ECDsa Import()
    {
        ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_publicKey, out _);
        return key;
    }

    private static AuditRecord Read(string record)
    {
        try
        {
            return JsonSerializer.Deserialize(record, AuditJson.Default.AuditRecord) ?? throw new JsonException("The record is null.");
        }
        catch (JsonException)
        {
            throw PeerException.Unbelievable(SamClient.Name, "The SAM's record cannot be read.");
        }
    }
}
