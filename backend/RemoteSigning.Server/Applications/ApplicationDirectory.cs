using System.Linq.Expressions;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Applications;

/// <summary>
/// Which application calls. It is looked up each time and never kept, so that one that is switched off is out at once. OAuth
/// clients will be found here as well: by the client id in the tokens that the authorization server gave them.
/// </summary>
internal sealed class ApplicationDirectory(IDbContextFactory<ServerDatabase> databases)
{
    /// <summary>By the header <c>X-API-Key</c>; without one it is <see cref="TokenState.DirectClient"/>.</summary>
    /// <exception cref="CscException">There is no such key, or its application is switched off.</exception>
    public async Task<CallingApplication> IdentifyAsync(HttpContext context, CancellationToken cancel)
    {
        StringValues header = context.Request.Headers[ApiKeys.Header];
        return (header.Count == 0 ? await FindAsync(TokenState.DirectClient, cancel) : await FindByKeyAsync(header, cancel))
            ?? throw CscErrors.UnknownClient();
    }

    /// <summary>Like <see cref="IdentifyAsync"/>, where there must be a key.</summary>
    /// <exception cref="CscException">There is none, no such one, or its application is switched off.</exception>
    public async Task<CallingApplication> DemandKeyAsync(HttpContext context, CancellationToken cancel) =>
        await FindByKeyAsync(context.Request.Headers[ApiKeys.Header], cancel) ?? throw CscErrors.UnknownClient();

    /// <summary>
    /// The application of a token. A key beside the token is not needed, but must not be that of another application.
    /// </summary>
    /// <returns>Null when there is none that may call.</returns>
    public async Task<CallingApplication?> FindOfTokenAsync(HttpContext context, string clientId, CancellationToken cancel)
    {
        StringValues header = context.Request.Headers[ApiKeys.Header];
        byte[]? hash = ApiKeys.TryHash(header);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ApplicationRow? row = await Live(database).SingleOrDefaultAsync(a => a.ClientId == clientId, cancel);
        bool contradicts = header.Count > 0 && (hash is null || !CryptographicOperations.FixedTimeEquals(hash, row?.KeyHash));
        return row is null || contradicts ? null : From(row);
    }

    private async Task<CallingApplication?> FindByKeyAsync(StringValues header, CancellationToken cancel) =>
        ApiKeys.TryHash(header) is { } hash ? await FindAsync(a => a.KeyHash == hash, cancel) : null;

    private Task<CallingApplication?> FindAsync(string clientId, CancellationToken cancel) =>
        FindAsync(a => a.ClientId == clientId, cancel);

    private async Task<CallingApplication?> FindAsync(Expression<Func<ApplicationRow, bool>> condition, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await Live(database).SingleOrDefaultAsync(condition, cancel) is { } row ? From(row) : null;
    }

    private static IQueryable<ApplicationRow> Live(ServerDatabase database) =>
        database.Applications.AsNoTracking().Where(a => a.Enabled && a.DeletedAt == null);

    private static CallingApplication From(ApplicationRow row) => new(row.ClientId, row.Name, row.Limits, row.ResponseUris);
}
