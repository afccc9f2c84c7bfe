using System.Buffers.Text;
using System.Security.Cryptography;
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

    private const int TagLength = 16;

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

        string responseId = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        database.SignatureResults.Add(new SignatureResultRow
        {
            Id = Hash(responseId),
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
        byte[] id = Hash(responseId);
        byte[] sealedResult = Seal(responseId, result);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.SignatureResults.Where(r => r.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.Result, sealedResult), cancel);
    }

    /// <summary>Forgets a request that was refused at once.</summary>
    public async Task RemoveAsync(string responseId, CancellationToken cancel)
    {
        byte[] id = Hash(responseId);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        await database.SignatureResults.Where(r => r.Id == id).ExecuteDeleteAsync(cancel);
    }

    /// <summary>Null when there is none of this id for this signer and application, or not any more.</summary>
    public async Task<SignatureResult?> FindAsync(string responseId, string signer, string client, CancellationToken cancel)
    {
        byte[] id = Hash(responseId);
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        SignatureResultRow? row = await database.SignatureResults.AsNoTracking()
            .SingleOrDefaultAsync(r => r.Id == id && r.Signer == signer && r.Client == client && r.ExpiresAt > now, cancel);
        return row is null ? null : new SignatureResult(row.StartedAt, row.Result is null ? null : Open(responseId, row.Result));
    }

    private static byte[] Hash(string responseId) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(responseId));

    private static byte[] Seal(string responseId, byte[] plain)
    {
        byte[] stored = new byte[plain.Length + TagLength];
        using AesGcm cipher = Cipher(responseId);
        cipher.Encrypt(Nonce, plain, stored.AsSpan(0, plain.Length), stored.AsSpan(plain.Length));
        return stored;
    }

    private static byte[] Open(string responseId, byte[] stored)
    {
        byte[] plain = new byte[stored.Length - TagLength];
        using AesGcm cipher = Cipher(responseId);
        cipher.Decrypt(Nonce, stored.AsSpan(0, plain.Length), stored.AsSpan(plain.Length), plain);
        return plain;
    }

    /// <summary>Each key encrypts one result only, so that its nonce need not vary.</summary>
    private static ReadOnlySpan<byte> Nonce => "signatures/1"u8;

    private static AesGcm Cipher(string responseId) => new(
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256, System.Text.Encoding.UTF8.GetBytes(responseId), 32, info: "RemoteSigning signature result v1"u8.ToArray()),
        TagLength);
}
