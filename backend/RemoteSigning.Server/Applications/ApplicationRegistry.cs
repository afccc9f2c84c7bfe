using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Applications;

/// <summary>The applications as operators manage them.</summary>
internal sealed class ApplicationRegistry(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    public async Task<ApplicationCreated> AddAsync(ApplicationRequest request, CancellationToken cancel)
    {
        ApplicationRules.Check(request);
        string key = ApiKeys.New();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        var row = new ApplicationRow
        {
            ClientId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Name = request.Name,
            OwnerName = request.OwnerName,
            OwnerEmail = request.OwnerEmail,
            KeyHash = ApiKeys.Hash(key),
            Enabled = true,
            Limits = request.Limits ?? new ApplicationLimits(),
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds()), // The database keeps no full ticks.
        };
        database.Applications.Add(row);
        await database.SaveChangesAsync(cancel);
        return new ApplicationCreated(Describe(row), key);
    }

    public async Task<IReadOnlyList<Application>> ListAsync(CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        List<ApplicationRow> rows = await database.Applications.AsNoTracking()
            .Where(a => a.DeletedAt == null).OrderBy(a => a.ClientId).ToListAsync(cancel);
        return [.. rows.Select(Describe)];
    }

    /// <summary>A new key; the old one is dead at once.</summary>
    public async Task<ApplicationCreated> RotateKeyAsync(string clientId, CancellationToken cancel)
    {
        RefuseDirect(clientId);
        string key = ApiKeys.New();
        ApplicationRow row = await ChangeAsync(clientId, a => a.KeyHash = ApiKeys.Hash(key), cancel);
        return new ApplicationCreated(Describe(row), key);
    }

    public Task ChangeLimitsAsync(string clientId, ApplicationLimits limits, CancellationToken cancel)
    {
        ApplicationRules.Check(limits);
        return ChangeAsync(clientId, a => a.Limits = limits, cancel);
    }

    public Task ChangeStatusAsync(string clientId, bool enabled, CancellationToken cancel) =>
        ChangeAsync(clientId, a => a.Enabled = enabled, cancel);

    /// <exception cref="ProblemException">It is <c>direct</c>, which is anybody, or an address is none that may be registered.</exception>
    public Task ChangeResponseUrisAsync(string clientId, ResponseUris uris, CancellationToken cancel)
    {
        RefuseDirect(clientId);
        ApplicationRules.Check(uris);
        return ChangeAsync(clientId, a => a.ResponseUris = [.. uris.Uris], cancel);
    }

    /// <summary>Its key and its tokens are good for nothing from now on; what it consumed stays.</summary>
    public Task DeleteAsync(string clientId, CancellationToken cancel)
    {
        RefuseDirect(clientId);
        DateTimeOffset now = clock.GetUtcNow();
        return ChangeAsync(clientId, a => (a.KeyHash, a.DeletedAt) = (null, now), cancel);
    }

    private async Task<ApplicationRow> ChangeAsync(string clientId, Action<ApplicationRow> change, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        ApplicationRow row = await database.Applications.SingleOrDefaultAsync(a => a.ClientId == clientId && a.DeletedAt == null, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such application.");
        change(row);
        await database.SaveChangesAsync(cancel);
        return row;
    }

    private static void RefuseDirect(string clientId)
    {
        if (clientId == TokenState.DirectClient)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "Clients without a key have none, nor addresses, and can be switched off but not deleted.");
        }
    }

    private static Application Describe(ApplicationRow row) =>
        new(row.ClientId, row.Name, row.OwnerName, row.OwnerEmail, row.Enabled, row.Limits, row.CreatedAt,
            row.ResponseUris.Length == 0 ? null : row.ResponseUris);
}
