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
            // No statement of ours leaves anything behind in its session that would have to be cleared.
            NoResetOnClose = true,
        };
        connection.MaxPoolSize = Math.Min(connection.MaxPoolSize, MaximumConnections);
        return NpgsqlDataSource.Create(connection);
    }

    public static void Configure(DbContextOptionsBuilder options, NpgsqlDataSource source) => options.UseNpgsql(
        source, npgsql => npgsql.MigrationsHistoryTable("migrations", AuthorizationDatabase.Schema));

    /// <summary>
    /// Counts a try of the signing PIN and, if it was right, opens the transaction that it approves. One statement, the same for
    /// right and wrong: both verdicts wait for one commit. No caller can call it off.
    /// </summary>
    /// <returns>False when the try was not counted, because <paramref name="maximum"/> wrong ones were: then nothing was done.</returns>
    public static async Task<bool> CountPinAsync(AuthorizationDatabase database, bool right, int maximum, TransactionRow opened)
    {
        List<int> counted = await database.Database.SqlQuery<int>(
            $"""
            WITH counted AS (
                UPDATE authz.accounts SET pin_failures = CASE WHEN {right} THEN 0 ELSE pin_failures + 1 END
                WHERE signer = {opened.Signer} AND pin_failures < {maximum}
                RETURNING signer
            ), opened AS (
                INSERT INTO authz.transactions (id, sad_hash, signer, client_id, ssa, credential_id, hash_algorithm, description,
                    acr, amr, approved, remaining, given_back, digests, created_at, expires_at, version)
                SELECT {opened.Id}, {opened.SadHash}, signer, {opened.ClientId}, {opened.Ssa}, {opened.CredentialId},
                    CAST({opened.HashAlgorithm} AS text), {opened.Description}, {opened.Acr}, {opened.Amr}, {opened.Approved}, {opened.Remaining},
                    {opened.GivenBack}, CAST({opened.Digests} AS bytea), {opened.CreatedAt}, {opened.ExpiresAt}, {opened.Version}
                FROM counted WHERE {right}
            )
            SELECT 1 AS "Value" FROM counted
            """).ToListAsync(CancellationToken.None);
        return counted.Count == 1;
    }

    /// <summary>Stores what an activation takes of a transaction, and the activation itself: both in one statement, or neither.</summary>
    /// <param name="taken">As it shall be, its version one more than it was read.</param>
    /// <returns>False when somebody else changed the transaction meanwhile: then nothing was done.</returns>
    public static async Task<bool> TakeAsync(
        AuthorizationDatabase database, TransactionRow taken, ActivationRow activation, CancellationToken cancel) =>
        await database.Database.ExecuteSqlAsync(
            $"""
            WITH taken AS (
                UPDATE authz.transactions
                SET remaining = {taken.Remaining}, digests = CAST({taken.Digests} AS bytea), version = {taken.Version}
                WHERE id = {taken.Id} AND version = {taken.Version - 1}
                RETURNING id
            )
            INSERT INTO authz.activations (jti, transaction_id, node, epoch, count, digests, created_at)
            SELECT {activation.Jti}, id, {activation.Node}, {activation.Epoch}, {activation.Count},
                CAST({activation.Digests} AS bytea), {activation.CreatedAt}
            FROM taken
            """,
            cancel) == 1;

    public static bool IsDuplicate(DbUpdateException failure) =>
        failure.InnerException is DbException { SqlState: UniqueViolation };
}
