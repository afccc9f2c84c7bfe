using Microsoft.EntityFrameworkCore;

namespace RemoteSigning.Authorization.Storage;

/// <summary>Whether the database fits this program.</summary>
internal static class SchemaState
{
    /// <exception cref="InvalidOperationException">It is older or newer.</exception>
    public static async Task DemandCurrentAsync(AuthorizationDatabase database, CancellationToken cancel)
    {
        string[] known = [.. database.Database.GetMigrations()];
        string[] applied = [.. await database.Database.GetAppliedMigrationsAsync(cancel)];
        if (known.Except(applied).Any())
        {
            throw new InvalidOperationException(
                "The database schema is older than this program. Run the command create with this version first.");
        }

        if (applied.Except(known).FirstOrDefault() is { } newer)
        {
            throw new InvalidOperationException(
                $"The database schema is newer than this program (it has {newer}). Run the version that made it.");
        }
    }
}
