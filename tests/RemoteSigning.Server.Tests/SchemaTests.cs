using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>The migrations, on a real PostgreSQL and with the rights of the real role.</summary>
public sealed class SchemaTests
{
    [Test]
    public async Task Migrate_EmptyDatabaseThenAgain_AppliesOnce()
    {
        await using ServerDatabase database = World.OpenDatabase(AssemblySetup.Postgres.CreateDatabase("migrated", "server")["server"]);

        IReadOnlyList<string> first = await SchemaState.MigrateAsync(database, CancellationToken.None);
        IReadOnlyList<string> second = await SchemaState.MigrateAsync(database, CancellationToken.None);

        Assert.That(first, Has.Count.EqualTo(database.Database.GetMigrations().Count()));
        Assert.That(second, Is.Empty);
        Assert.That(() => SchemaState.CheckAsync(database, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public async Task Check_EmptyDatabase_IsOlder()
    {
        await using ServerDatabase database = World.OpenDatabase(AssemblySetup.Postgres.CreateDatabase("older", "server")["server"]);

        Assert.That(
            () => SchemaState.CheckAsync(database, CancellationToken.None),
            Throws.InvalidOperationException.With.Message.Contain("migrate"));
    }

    [Test]
    public async Task Check_MigrationOfAnotherProgram_IsNewer()
    {
        await using ServerDatabase database = World.OpenDatabase(AssemblySetup.Postgres.CreateDatabase("newer", "server")["server"]);
        await SchemaState.MigrateAsync(database, CancellationToken.None);
        await database.Database.ExecuteSqlRawAsync("INSERT INTO server.migrations VALUES ('29990101000000_Later', '99.0.0')");

        Assert.That(
            () => SchemaState.CheckAsync(database, CancellationToken.None),
            Throws.InvalidOperationException.With.Message.Contain("29990101000000_Later"));
    }

    [Test]
    public async Task Model_ComparedWithTheMigrations_IsTheSame()
    {
        await using ServerDatabase database = World.OpenDatabase("Host=unused");

        Assert.That(database.Database.HasPendingModelChanges(), Is.False);
    }
}
