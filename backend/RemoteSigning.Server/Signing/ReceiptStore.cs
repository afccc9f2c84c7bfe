using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>The SAM's proofs, kept for good: for auditors, and so that a restart does not forget the newest head.</summary>
internal sealed class ReceiptStore(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    /// <param name="proof">One that <see cref="Peers.SamLog"/> has accepted.</param>
    /// <param name="digests">What was signed; none for other events. The same one may be there twice.</param>
    public async Task StoreAsync(string credentialId, LogProof proof, IEnumerable<byte[]> digests, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        database.Receipts.Add(new ReceiptRow
        {
            Node = proof.Head.Node,
            RecordIndex = proof.Index,
            TreeSize = proof.Head.TreeSize,
            CredentialId = credentialId,
            Proof = JsonSerializer.Serialize(proof, AuditJson.Default.LogProof),
            ReceivedAt = clock.GetUtcNow(),
            Digests = [.. digests.DistinctBy(Convert.ToHexString).Select(d => new ReceiptDigestRow { Digest = d })],
        });
        await database.SaveChangesAsync(cancel);
    }

    /// <summary>The proof of the newest signature over this digest.</summary>
    public async Task<AuditReceipt?> FindAsync(byte[] digest, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ReceiptRow? receipt = await database.ReceiptDigests
            .Where(d => d.Digest == digest)
            .Join(database.Receipts, d => d.ReceiptId, r => r.Id, (_, r) => r)
            .OrderByDescending(r => r.Id)
            .AsNoTracking()
            .FirstOrDefaultAsync(cancel);
        return receipt is null ? null : new AuditReceipt(receipt.CredentialId, Read(receipt));
    }

    /// <summary>The newest head of a node's log that was seen before this start.</summary>
    public async Task<TreeHead?> FindNewestHeadAsync(string node, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ReceiptRow? receipt = await database.Receipts.AsNoTracking()
            .Where(r => r.Node == node).OrderByDescending(r => r.TreeSize).FirstOrDefaultAsync(cancel);
        return receipt is null ? null : Read(receipt).Head;
    }

    private static LogProof Read(ReceiptRow receipt) =>
        JsonSerializer.Deserialize(receipt.Proof, AuditJson.Default.LogProof)
        ?? throw new InvalidOperationException($"The receipt {receipt.Id} holds no proof.");
}
