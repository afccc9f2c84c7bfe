using Microsoft.EntityFrameworkCore;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>Keeps notifications to <c>response_uri</c> until they are delivered, were tried often enough, or the result has expired.</summary>
internal sealed class NotificationStore(IDbContextFactory<ServerDatabase> databases, NotificationKey key, TimeProvider clock)
{
    /// <summary>So that one application that does not answer takes no room from the others.</summary>
    public const int MostPerApplication = 16;

    /// <summary>How long who took a notification has for an attempt; longer than its deadline, as the clocks of processes differ.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(30);

    /// <returns>False when the result is gone, or too many wait for this application already.</returns>
    public async Task<bool> AddAsync(string client, string address, string responseId, CancellationToken cancel)
    {
        byte[] id = ReferenceCipher.Hash(responseId);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        DateTimeOffset? expiresAt = await database.SignatureResults.Where(r => r.Id == id)
            .Select(r => (DateTimeOffset?)r.ExpiresAt).SingleOrDefaultAsync(cancel);
        if (expiresAt is null || await database.Notifications.CountAsync(n => n.Client == client, cancel) >= MostPerApplication)
        {
            return false;
        }

        database.Notifications.Add(new NotificationRow
        {
            Id = id,
            Client = client,
            Address = address,
            KeyId = key.Id,
            SealedId = key.Seal(id, responseId),
            Attempts = 0,
            NextAt = clock.GetUtcNow(),
            ExpiresAt = expiresAt.Value,
        });
        await database.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Takes those that are due, for one attempt each.</summary>
    public async Task<IReadOnlyList<NotificationRow>> TakeAsync(int most, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await PostgreSql.TakeNotificationsAsync(database, key.Id, most, now, now + Turn, cancel);
    }

    /// <exception cref="System.Security.Cryptography.CryptographicException">The row was changed.</exception>
    public string OpenId(NotificationRow notification) => key.Open(notification.Id, notification.SealedId);

    /// <summary>Whether the application may still be told there: operators take addresses back, and switch applications off.</summary>
    public async Task<bool> IsRegisteredAsync(NotificationRow notification, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Applications.AnyAsync(
            a => a.ClientId == notification.Client && a.Enabled && a.DeletedAt == null && a.ResponseUris.Contains(notification.Address), cancel);
    }

    public async Task PostponeAsync(NotificationRow notification, TimeSpan pause, CancellationToken cancel)
    {
        DateTimeOffset next = clock.GetUtcNow() + pause;
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.Notifications.Where(n => n.Id == notification.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(n => n.NextAt, next), cancel);
    }

    public async Task RemoveAsync(NotificationRow notification, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.Notifications.Where(n => n.Id == notification.Id).ExecuteDeleteAsync(cancel);
    }

    /// <summary>Forgets those whose result has expired, also those of keys that no process has any more.</summary>
    /// <returns>How many.</returns>
    public async Task<int> PurgeAsync(CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Notifications.Where(n => n.ExpiresAt <= now && n.NextAt <= now).ExecuteDeleteAsync(cancel); // Else one is under way.
    }

    /// <summary>How long until one is due; null when none waits.</summary>
    public async Task<TimeSpan?> FindWaitAsync(CancellationToken cancel)
    {
        byte[] keyId = key.Id;
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Notifications.Where(n => n.KeyId == keyId).MinAsync(n => (DateTimeOffset?)n.NextAt, cancel) - clock.GetUtcNow();
    }
}
