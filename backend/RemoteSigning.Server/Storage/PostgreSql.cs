using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RemoteSigning.Server.Storage;

/// <summary>The one seam to the database product: provider, schema, migrations and its error codes.</summary>
internal static class PostgreSql
{
    public static IServiceCollection AddServerDatabase(this IServiceCollection services, string connectionString) =>
        services.AddPooledDbContextFactory<ServerDatabase>(options => Configure(options, connectionString));

    public static void Configure(DbContextOptionsBuilder options, string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = ServerDatabase.Schema };
        options.UseNpgsql(
            connection.ConnectionString,
            npgsql => npgsql.MigrationsHistoryTable(ServerDatabase.MigrationsTable, ServerDatabase.Schema));
    }

    /// <summary>Whether a row could not be stored because one with this key exists.</summary>
    public static bool IsDuplicate(DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };
}
