using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Peers;

/// <summary>Keeps heads of the SAM's logs that come without a receipt, so that a restart forgets none.</summary>
internal sealed partial class LogHeadStore(
    IDbContextFactory<ServerDatabase> databases, TimeProvider clock, ILogger<LogHeadStore> logger)
{
    /// <summary>
    /// Keeps the newest head that is known of this log, unless it is kept. A database that is away stops nobody here: what was
    /// answered stays answered, and the next head of the log tries again. No caller can call it off.
    /// </summary>
    public async Task KeepAsync(SamLog log)
    {
        if (log.Newest is not { } head || head.TreeSize <= log.KeptSize)
        {
            return;
        }

        try
        {
            await StoreAsync(head);
            log.NoteKept(head);
        }
        catch (Exception failure) when (PostgreSql.IsUnavailable(failure))
        {
            LogNotKept(head.Node, head.TreeSize, failure.GetBaseException().Message);
        }
    }

    /// <summary>The head that was kept of a node's log.</summary>
    public async Task<TreeHead?> FindAsync(string node, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.LogHeads.AsNoTracking().SingleOrDefaultAsync(h => h.Node == node, cancel) is { } row
            ? JsonSerializer.Deserialize(row.Head, AuditJson.Default.TreeHead)
                ?? throw new InvalidOperationException($"No head is kept of the log of {node}.")
            : null;
    }

    private async Task StoreAsync(TreeHead head)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(CancellationToken.None);
        string json = JsonSerializer.Serialize(head, AuditJson.Default.TreeHead);
        DateTimeOffset now = clock.GetUtcNow();
        if (await RaiseAsync(database, head, json, now) || await database.LogHeads.AnyAsync(h => h.Node == head.Node))
        {
            return;
        }

        database.LogHeads.Add(new LogHeadRow { Node = head.Node, TreeSize = head.TreeSize, Head = json, SeenAt = now });
        try
        {
            await database.SaveChangesAsync();
        }
        catch (DbUpdateException first) when (PostgreSql.IsDuplicate(first))
        {
            // Another request, or another process on this database, kept the node's first head meanwhile.
            await RaiseAsync(database, head, json, now);
        }
    }

    /// <summary>Only a longer log replaces a shorter one, whoever comes first.</summary>
    private static async Task<bool> RaiseAsync(ServerDatabase database, TreeHead head, string json, DateTimeOffset now) =>
        await database.LogHeads.Where(h => h.Node == head.Node && h.TreeSize < head.TreeSize).ExecuteUpdateAsync(set => set
            .SetProperty(h => h.TreeSize, head.TreeSize)
            .SetProperty(h => h.Head, json)
            .SetProperty(h => h.SeenAt, now)) > 0;

    [LoggerMessage(6301, LogLevel.Warning, "The head of {Node}'s log over {Size} records is remembered, but could not be stored: {Cause}")]
    private partial void LogNotKept(string node, long size, string cause);
}
