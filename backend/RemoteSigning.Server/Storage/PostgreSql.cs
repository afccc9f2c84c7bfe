using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace RemoteSigning.Server.Storage;

/// <summary>The one seam to the database product: provider, schema, migrations and its error codes.</summary>
internal static class PostgreSql
{
    public const string Name = "The database";

    public const string UnavailableText = "The database cannot be reached.";

    /// <summary>More would only wait for each other, and take connections from other processes.</summary>
    private const int MaximumConnections = 32;

    public static IServiceCollection AddServerDatabase(this IServiceCollection services, string connectionString) =>
        services.AddPooledDbContextFactory<ServerDatabase>(options => Configure(options, connectionString));

    public static void Configure(DbContextOptionsBuilder options, string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = ServerDatabase.Schema,
            // The few statements of this process are parsed and planned once for each connection.
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            // No statement of ours leaves anything behind in its session that would have to be cleared.
            NoResetOnClose = true,
        };
        connection.MaxPoolSize = Math.Min(connection.MaxPoolSize, MaximumConnections);
        options.UseNpgsql(
            connection.ConnectionString,
            npgsql => npgsql.MigrationsHistoryTable(ServerDatabase.MigrationsTable, ServerDatabase.Schema));
    }

    /// <summary>
    /// Stores a receipt with its digests and counts its signatures: one statement, and so one transaction, as it is to be both or
    /// neither, and nobody waits for the day's row while this process and the database talk.
    /// </summary>
    /// <exception cref="DbException">A duplicate, if the record is stored already.</exception>
    public static Task StoreAsync(ServerDatabase database, ReceiptRow receipt, ConsumptionRow more, CancellationToken cancel)
    {
        byte[][] digests = [.. receipt.Digests.Select(d => d.Digest)];
        return database.Database.ExecuteSqlAsync(
            $"""
            WITH receipt AS (
                INSERT INTO server.receipts (node, record_index, tree_size, credential_id, proof, received_at)
                VALUES ({receipt.Node}, {receipt.RecordIndex}, {receipt.TreeSize}, {receipt.CredentialId}, {receipt.Proof}, {receipt.ReceivedAt})
                RETURNING id
            ), digests AS (
                INSERT INTO server.receipt_digests (digest, receipt_id)
                SELECT digest, id FROM receipt, unnest({digests}) AS digest
            )
            INSERT INTO server.consumption (client_id, day, stripe, signatures)
            VALUES ({more.ClientId}, {more.Day}, {more.Stripe}, {more.Signatures})
            ON CONFLICT (client_id, day, stripe) DO UPDATE SET signatures = consumption.signatures + excluded.signatures
            """,
            cancel);
    }

    /// <summary>
    /// Takes notifications that are due, for one attempt: until <paramref name="until"/> nobody else takes them. Rows that another process is
    /// taking at this moment are passed over, not waited for.
    /// </summary>
    public static Task<List<NotificationRow>> TakeNotificationsAsync(
        ServerDatabase database, byte[] keyId, int most, DateTimeOffset now, DateTimeOffset until, CancellationToken cancel) =>
        database.Notifications.FromSql(
            $"""
            UPDATE server.notifications SET attempts = attempts + 1, next_at = {until}
            WHERE id IN (
                SELECT id FROM server.notifications
                WHERE key_id = {keyId} AND next_at <= {now} AND expires_at > {now}
                ORDER BY next_at LIMIT {most}
                FOR UPDATE SKIP LOCKED)
            RETURNING *
            """).AsNoTracking().ToListAsync(cancel);

    /// <summary>Takes a turn that one process has at a time; it ends with the object, with the connection, and with the process.</summary>
    /// <returns>Null when another one has it.</returns>
    public static async Task<IAsyncDisposable?> TryLockAsync(ServerDatabase database, string name, CancellationToken cancel)
    {
        await database.Database.OpenConnectionAsync(cancel);
        bool isMine = await database.Database
            .SqlQuery<bool>($"SELECT pg_try_advisory_lock(hashtextextended({name}, 0)) AS \"Value\"").SingleAsync(cancel);
        return isMine ? new Turn(database, name) : null;
    }

    /// <summary>Whether a row could not be stored because one with this key exists.</summary>
    public static bool IsDuplicate(DbUpdateException exception) => exception.InnerException is DbException cause && IsDuplicate(cause);

    /// <inheritdoc cref="IsDuplicate(DbUpdateException)"/>
    public static bool IsDuplicate(DbException exception) => exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>
    /// Whether the database is away for now: not reached, shutting down, out of connections or of space. The provider
    /// hides it in exceptions of its own.
    /// </summary>
    public static bool IsUnavailable(Exception? exception) =>
        exception is DbException { IsTransient: true }
            or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown }
        || (exception is not null && IsUnavailable(exception.InnerException));

    private sealed class Turn(ServerDatabase database, string name) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await database.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock(hashtextextended({name}, 0))");
    }
}
