using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Applications;

/// <summary>What applications consumed, by UTC day. <see cref="Signing.ReceiptStore"/> counts it.</summary>
internal sealed class ConsumptionStore(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    public DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    public async Task<long> CountTodayAsync(string clientId, CancellationToken cancel)
    {
        DateOnly today = Today;
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Consumption.Where(c => c.ClientId == clientId && c.Day == today).SumAsync(c => c.Signatures, cancel);
    }

    /// <param name="month">Its first day.</param>
    public async Task<IReadOnlyList<DayUsage>> ListAsync(string clientId, DateOnly month, CancellationToken cancel)
    {
        DateOnly end = month.AddMonths(1);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Consumption
            .Where(c => c.ClientId == clientId && c.Day >= month && c.Day < end)
            .GroupBy(c => c.Day)
            .OrderBy(d => d.Key)
            .Select(d => new DayUsage(d.Key, d.Sum(c => c.Signatures)))
            .ToListAsync(cancel);
    }

    /// <summary>All applications, those that were deleted too, by day and then by client id.</summary>
    /// <param name="month">Its first day.</param>
    public async Task<IReadOnlyList<InvoiceLine>> ListAsync(DateOnly month, CancellationToken cancel)
    {
        DateOnly end = month.AddMonths(1);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        var days = await database.Consumption
            .Where(c => c.Day >= month && c.Day < end)
            .GroupBy(c => new { c.Day, c.ClientId })
            .OrderBy(d => d.Key.Day).ThenBy(d => d.Key.ClientId)
            .Select(d => new { d.Key.Day, d.Key.ClientId, Signatures = d.Sum(c => c.Signatures) })
            .ToListAsync(cancel);
        Dictionary<string, ApplicationRow> applications = await database.Applications.AsNoTracking().ToDictionaryAsync(a => a.ClientId, cancel);
        return [.. days.Select(d => new InvoiceLine(d.Day, d.ClientId, applications.GetValueOrDefault(d.ClientId), d.Signatures))];
    }
}
