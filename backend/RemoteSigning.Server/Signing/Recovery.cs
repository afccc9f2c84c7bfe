using System.Globalization;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Finds the signatures that the SAM made and this server never heard of or could not store, as when it was killed between the
/// SAM's answer and the database, and stores and counts them. It may run beside the server, and again.
/// </summary>
internal sealed class Recovery(IDbContextFactory<ServerDatabase> databases, ReceiptStore receipts, SamNodes sams)
{
    /// <param name="log">A copy of one node's service log.</param>
    /// <exception cref="PeerException">The log's head or a record is not the SAM's.</exception>
    public async Task<RecoveryResult> RunAsync(SamLogFiles log, CancellationToken cancel)
    {
        SamNode node = sams.All.SingleOrDefault(s => s.Name == log.Head.Node)
            ?? throw new InvalidDataException($"The log is that of the node {log.Head.Node}, which the configuration does not name.");
        SamLog proofs = node.Client.Log;
        proofs.Accept(log.Head);
        HashSet<long> stored = await StoredAsync(node.Name, cancel);
        var result = new RecoveryResult(log.Head.TreeSize, 0, 0, 0);
        foreach (int index in log.Signed.Where(i => !stored.Contains(i)))
        {
            result = await RecoverAsync(log.Prove(index), proofs, result, cancel);
        }

        return result;
    }

    private async Task<RecoveryResult> RecoverAsync(LogProof proof, SamLog proofs, RecoveryResult result, CancellationToken cancel)
    {
        AuditRecord record = proofs.Accept(proof);
        if (await FindCredentialAsync(record.KeyId, cancel) is not { } credential)
        {
            return result with { Foreign = result.Foreign + 1 };
        }

        DateTimeOffset madeAt = DateTimeOffset.Parse(record.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return await receipts.StoreSignaturesAsync(credential, proof, record, madeAt, cancel)
            ? result with { Records = result.Records + 1, Signatures = result.Signatures + (record.Digests?.Count ?? 0) }
            : result;
    }

    private async Task<HashSet<long>> StoredAsync(string node, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Receipts.Where(r => r.Node == node).Select(r => r.RecordIndex).ToHashSetAsync(cancel);
    }

    /// <summary>Null for the key of another server of the same SAM, and for one that was deleted since.</summary>
    private async Task<string?> FindCredentialAsync(string? keyId, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Credentials.Where(c => c.KeyId == keyId).Select(c => c.Id).SingleOrDefaultAsync(cancel);
    }
}
