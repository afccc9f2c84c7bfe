using System.Data.Common;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Signing;

/// <summary>The SAM's proofs, kept for good: for auditors, and so that a restart does not forget the newest head.</summary>
internal sealed class ReceiptStore(IDbContextFactory<ServerDatabase> databases, ServerMetrics metrics, TimeProvider clock)
{
    /// <summary>The proof of something else than signatures.</summary>
    /// <param name="proof">One that <see cref="Peers.SamLog"/> has accepted.</param>
    public async Task StoreAsync(string credentialId, LogProof proof, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        database.Receipts.Add(Row(credentialId, proof, []));
        await database.SaveChangesAsync(cancel);
    }

    /// <summary>
    /// The proof of signatures, and their count for the application that the record names: one transaction, and the
    /// record's place in the log is unique, so each record counts once however often it is stored.
    /// </summary>
    /// <param name="proof">One that <see cref="Peers.SamLog"/> has accepted.</param>
    /// <param name="record">What it proves.</param>
    /// <param name="madeAt">Says on which day they count.</param>
    /// <returns>Whether they were not stored before.</returns>
    public async Task<bool> StoreSignaturesAsync(
        string credentialId, LogProof proof, AuditRecord record, DateTimeOffset madeAt, CancellationToken cancel)
    {
        IReadOnlyList<AuditDigest> digests = record.Digests ?? [];
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        var more = new ConsumptionRow
        {
            ClientId = record.ClientId ?? TokenState.DirectClient,
            Day = DateOnly.FromDateTime(madeAt.UtcDateTime),
            Stripe = (int)(record.Index % ConsumptionRow.Stripes),
            Signatures = digests.Count,
        };
        try
        {
            await PostgreSql.StoreAsync(database, Row(credentialId, proof, digests.Select(d => Convert.FromHexString(d.Digest))), more, cancel);
            metrics.Signed(more.ClientId, digests.Count);
            return true;
        }
        catch (DbException duplicate) when (PostgreSql.IsDuplicate(duplicate))
        {
            if (await IsStoredAsync(proof, cancel))
            {
                return false;
            }

            throw;
        }
    }

    private async Task<bool> IsStoredAsync(LogProof proof, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ReceiptRow stored = await database.Receipts.AsNoTracking()
            .SingleAsync(r => r.Node == proof.Head.Node && r.RecordIndex == proof.Index, cancel);
        return Read(stored).Record == proof.Record;
    }

    private ReceiptRow Row(string credentialId, LogProof proof, IEnumerable<byte[]> digests) => new()
    {
        Node = proof.Head.Node,
        RecordIndex = proof.Index,
        TreeSize = proof.Head.TreeSize,
        CredentialId = credentialId,
        Proof = JsonSerializer.Serialize(proof, AuditJson.Default.LogProof),
        ReceivedAt = clock.GetUtcNow(),
        Digests = [.. digests.DistinctBy(Convert.ToHexString).Select(d => new ReceiptDigestRow { Digest = d })],
    };

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
