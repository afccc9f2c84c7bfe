using Microsoft.EntityFrameworkCore;

namespace RemoteSigning.Authorization.Storage;

/// <summary>
/// Removes what has expired. Dead tokens and transactions stay for a while, so that their holders are told
/// that they expired and not that they never were; what was signed is in the SAM's log for good.
/// </summary>
internal sealed class Purge(
    IDbContextFactory<AuthorizationDatabase> databases, TimeProvider clock, ILogger<Purge> logger) : BackgroundService
{
    public static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        DateTimeOffset before = clock.GetUtcNow() - Grace;
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        int tokens = await database.Tokens.Where(t => t.ExpiresAt < before).ExecuteDeleteAsync(cancel);
        await database.Grants.Where(g => g.Tokens.Count == 0).ExecuteDeleteAsync(cancel);
        int transactions = await database.Transactions.Where(t => t.ExpiresAt < before).ExecuteDeleteAsync(cancel);
        await database.Accounts.Where(a => a.CodeExpiresAt < before).ExecuteUpdateAsync(
            set => set
                .SetProperty(a => a.CodeSalt, (byte[]?)null)
                .SetProperty(a => a.CodeVerifier, (byte[]?)null)
                .SetProperty(a => a.CodeExpiresAt, (DateTimeOffset?)null),
            cancel);
        await database.DeviceRegistrations
            .Where(r => r.ExpiresAt < before && !database.Credentials.Any(c => c.CredentialId == r.CredentialId))
            .ExecuteDeleteAsync(cancel);
        if (tokens + transactions > 0)
        {
            logger.Purged(tokens, transactions);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The database may be away for a while; the service must not end for that.
                logger.PurgeFailed(e);
            }
        }
    }
}
