using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Applications;

/// <summary>
/// Which application calls. It is looked up each time and never kept, so that one that is switched off is out at once. OAuth
/// clients will be found here as well: by the client id in the tokens that the authorization server gave them.
/// </summary>
internal sealed class ApplicationDirectory(IDbContextFactory<ServerDatabase> databases)
{
    // One of these a request: without the compiling, half of what it costs would be to look at the query again.
    private static readonly Func<ServerDatabase, string, CancellationToken, Task<ApplicationRow?>> FindLive = EF.CompileAsyncQuery(
        (ServerDatabase database, string clientId, CancellationToken cancel) => database.Applications.AsNoTracking()
            .SingleOrDefault(a => a.ClientId == clientId && a.Enabled && a.DeletedAt == null));

    private static readonly Func<ServerDatabase, string, string, string, CancellationToken, Task<Found?>> FindLiveWithCredential = EF.CompileAsyncQuery(
        (ServerDatabase database, string clientId, string signer, string credentialId, CancellationToken cancel) => (
            from application in database.Applications
            where application.ClientId == clientId && application.Enabled && application.DeletedAt == null
            from credential in database.Credentials.Include(c => c.Devices)
                .Where(c => c.Id == credentialId && c.SignerId == signer && c.State == CredentialState.Ready)
                .DefaultIfEmpty()
            select new Found(application, credential))
            .AsNoTracking().SingleOrDefault());

    private static readonly Func<ServerDatabase, byte[], CancellationToken, Task<ApplicationRow?>> FindLiveByKey = EF.CompileAsyncQuery(
        (ServerDatabase database, byte[] hash, CancellationToken cancel) => database.Applications.AsNoTracking()
            .SingleOrDefault(a => a.KeyHash == hash && a.Enabled && a.DeletedAt == null));

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
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return Admit(context, await FindLive(database, clientId, cancel));
    }

    /// <summary>The same, and the credential of the token's signer that the request names: one query, as each signature needs both.</summary>
    /// <returns>No credential where the signer has none of this id that is ready, or where there is no application.</returns>
    public async Task<(CallingApplication? Application, Credential? Credential)> FindOfTokenAsync(
        HttpContext context, string clientId, string signer, string credentialId, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        // What cannot be an id goes on as one that nobody has.
        string id = CredentialStore.IsId(credentialId) ? credentialId : "";
        Found? found = await FindLiveWithCredential(database, clientId, signer, id, cancel);
        CallingApplication? application = Admit(context, found?.Application);
        return (application, application is null || found?.Credential is not { } row ? null : Credential.From(row));
    }

    /// <summary>Null when it is none, or when the request's key is that of another one.</summary>
    private static CallingApplication? Admit(HttpContext context, ApplicationRow? row)
    {
        StringValues header = context.Request.Headers[ApiKeys.Header];
        byte[]? hash = ApiKeys.TryHash(header);
        bool contradicts = header.Count > 0 && (hash is null || !CryptographicOperations.FixedTimeEquals(hash, row?.KeyHash));
        return row is null || contradicts ? null : From(row);
    }

    private async Task<CallingApplication?> FindByKeyAsync(StringValues header, CancellationToken cancel)
    {
        if (ApiKeys.TryHash(header) is not { } hash)
        {
            return null;
        }

        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await FindLiveByKey(database, hash, cancel) is { } row ? From(row) : null;
    }

    private async Task<CallingApplication?> FindAsync(string clientId, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await FindLive(database, clientId, cancel) is { } row ? From(row) : null;
    }

    private static CallingApplication From(ApplicationRow row) => new(row.ClientId, row.Name, row.Limits, row.ResponseUris);

    private sealed record Found(ApplicationRow Application, CredentialRow? Credential);
}
