using Microsoft.EntityFrameworkCore;

namespace RemoteSigning.Server.Storage;

/// <summary>Brings the schema up to date on demand, and refuses to run on any other.</summary>
internal static class SchemaState
{
    public static async Task<IReadOnlyList<string>> MigrateAsync(ServerDatabase database, CancellationToken cancel)
    {
        List<string> pending = [.. await database.Database.GetPendingMigrationsAsync(cancel)];
        await database.Database.MigrateAsync(cancel);
        return pending;
    }

    /// <exception cref="InvalidOperationException">The schema is older or newer than this program.</exception>
    public static async Task CheckAsync(ServerDatabase database, CancellationToken cancel)
    {
        List<string> applied = [.. await database.Database.GetAppliedMigrationsAsync(cancel)];
        List<string> known = [.. database.Database.GetMigrations()];
        if (applied.Except(known).FirstOrDefault() is { } newer)
        {
            throw new InvalidOperationException(
                $"The database schema is newer than this program (it has {newer}). Run the newer program.");
        }

        if (known.Except(applied).Any())
        {
            throw new InvalidOperationException(
                "The database schema is older than this program. Run the command migrate with the same configuration first.");
        }
    }
}
