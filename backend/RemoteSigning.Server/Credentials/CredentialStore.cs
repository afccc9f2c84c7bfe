using Microsoft.EntityFrameworkCore;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Credentials;

/// <summary>
/// The credentials of one signer. There is no way to ask for a credential without naming its owner, so that
/// somebody else's looks like none.
/// </summary>
internal sealed class CredentialStore(IDbContextFactory<ServerDatabase> databases)
{
    private const int IdLength = 32;

    // Compiled, because half of what it costs would be to look at the query again.
    private static readonly Func<ServerDatabase, string, string, CancellationToken, Task<CredentialRow?>> FindReady = EF.CompileAsyncQuery(
        (ServerDatabase database, string signer, string id, CancellationToken cancel) => database.Credentials.AsNoTracking().Include(c => c.Devices)
            .SingleOrDefault(c => c.Id == id && c.SignerId == signer && c.State == CredentialState.Ready));

    /// <summary>Whether this can be a credential's id at all; anything else need not go to the database.</summary>
    public static bool IsId(string text) => text.Length == IdLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Ids in their order, at most <paramref name="count"/>, that come after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string signer, string? after, int count, CancellationToken cancel)
    {
        string start = after ?? "";
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.Credentials
            .Where(c => c.SignerId == signer && c.State == CredentialState.Ready && c.Id.CompareTo(start) > 0)
            .OrderBy(c => c.Id)
            .Take(count)
            .Select(c => c.Id)
            .ToListAsync(cancel);
    }

    /// <summary>All of them, in the order of their ids.</summary>
    public async Task<IReadOnlyList<Credential>> ListAsync(string signer, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        List<CredentialRow> rows = await database.Credentials.AsNoTracking()
            .Where(c => c.SignerId == signer && c.State == CredentialState.Ready)
            .OrderBy(c => c.Id)
            .ToListAsync(cancel);
        return [.. rows.Select(Credential.From)];
    }

    public async Task<Credential?> FindAsync(string signer, string id, CancellationToken cancel)
    {
        if (!IsId(id))
        {
            return null;
        }

        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await FindReady(database, signer, id, cancel) is { } row ? Credential.From(row) : null;
    }
}
