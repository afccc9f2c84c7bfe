using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RemoteSigning.Authorization.Storage;

/// <summary>All that is particular to PostgreSQL; another provider replaces this file and the migrations.</summary>
internal static class PostgreSql
{
    /// <summary>SQLSTATE of a unique constraint's violation.</summary>
    private const string UniqueViolation = "23505";

    /// <summary>More would only wait for each other, and take connections from other processes.</summary>
    private const int MaximumConnections = 32;

    /// <summary>The pool of connections; it ends with the process' services.</summary>
    public static NpgsqlDataSource CreateDataSource(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // Details of a database error quote row values.
            IncludeErrorDetail = false,
            PersistSecurityInfo = false,
            // The few statements of this process are parsed and planned once for each connection.
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
        };
        connection.MaxPoolSize = Math.Min(connection.MaxPoolSize, MaximumConnections);
        return NpgsqlDataSource.Create(connection);
    }

    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options.UseNpgsql(
        source, npgsql => npgsql.MigrationsHistoryTable("migrations", AuthorizationDatabase.Schema));

    public static bool IsDuplicate(DbUpdateException failure) =>
        failure.InnerException is DbException { SqlState: UniqueViolation };
}
