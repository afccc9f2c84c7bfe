using Microsoft.EntityFrameworkCore;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>
/// Keeps results until they are fetched or expire. The database has the hash of a <c>responseID</c> and what is
/// encrypted under it, so whoever reads the database reads no signature.
/// </summary>
internal sealed class SignatureResultStore(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    /// <summary>Most results that one signer may have waiting with one application.</summary>
    public const int MostWaiting = 100;

    private static readonly ReferenceCipher Cipher = new("signatures/1"u8, "RemoteSigning signature result v1"u8);

    /// <summary>Makes room for a result.</summary>
    /// <returns>The <c>responseID</c>, 256 random bits; null when too many results wait already.</returns>
    public async Task<string?> OpenAsync(string signer, string client, TimeSpan validity, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.SignatureResults.Where(r => r.ExpiresAt <= now).ExecuteDeleteAsync(cancel);
        if (await database.SignatureResults.CountAsync(r => r.Signer == signer && r.Client == client, cancel) >= MostWaiting)
        {
            return null;
        }

        string responseId = ReferenceCipher.NewReference();
        database.SignatureResults.Add(new SignatureResultRow
        {
            Id = ReferenceCipher.Hash(responseId),
            Signer = signer,
            Client = client,
            StartedAt = now,
            ExpiresAt = now + validity,
        });
        await database.SaveChangesAsync(cancel);
        return responseId;
    }

    public async Task CloseAsync(string responseId, byte[] result, CancellationToken cancel)
    {
        byte[] id = ReferenceCipher.Hash(responseId);
        byte[] sealedResult = Cipher.Seal(responseId, result);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.SignatureResults.Where(r => r.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Result, sealedResult), cancel);
    }

    /// <summary>Forgets a request that was refused at once.</summary>
    public async Task RemoveAsync(string responseId, CancellationToken cancel)
    {
        byte[] id = ReferenceCipher.Hash(responseId);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.SignatureResults.Where(r => r.Id == id).ExecuteDeleteAsync(cancel);
    }

    /// <summary>Null when there is none of this id for this signer and application, or not any more.</summary>
    public async Task<SignatureResult?> FindAsync(string responseId, string signer, string client, CancellationToken cancel)
    {
        byte[] id = ReferenceCipher.Hash(responseId);
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        SignatureResultRow? row = await database.SignatureResults.AsNoTracking()
            .SingleOrDefaultAsync(r => r.Id == id && r.Signer == signer && r.Client == client && r.ExpiresAt > now, cancel);
        return row is null ? null : new SignatureResult(row.StartedAt, row.Result is null ? null : Cipher.Open(responseId, row.Result));
    }
}
