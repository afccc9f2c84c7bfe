using Microsoft.EntityFrameworkCore;

namespace RemoteSigning.Pki.Data;

/// <summary>Program and database schema must fit exactly: neither is changed in passing.</summary>
internal static class SchemaVersion
{
    /// <exception cref="CommandException">The schema is older or newer than this program.</exception>
    public static async Task CheckAsync(PkiDatabase database, CancellationToken cancel)
    {
        List<string> known = [.. database.Database.GetMigrations()];
        List<string> applied = [.. await database.Database.GetAppliedMigrationsAsync(cancel)];
        if (applied.Except(known).FirstOrDefault() is { } newer)
        {
            throw new CommandException(
                $"The database schema is newer than this program (it has {newer}). Run the program that made it.");
        }

        if (known.Except(applied).FirstOrDefault() is { } missing)
        {
            throw new CommandException(applied.Count == 0
                ? "The database has no PKI schema. Run the command create first."
                : $"The database schema is out of date (it lacks {missing}). Back it up and run the command migrate.");
        }
    }
}
