using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// The records of tokens: one prepared statement on a connection of its own, since it stands in the way of
/// each token. One thread at a time; it blocks, which saves the changes of thread that awaiting the database costs.
/// </summary>
internal sealed class TimestampTable(IDbContextFactory<PkiDatabase> databases) : IDisposable
{
    /// <summary>Asks for the certificate's state in the same breath, so that a revocation ends tokens with no question of its own.</summary>
    private const string Insert =
        """
        INSERT INTO pki.timestamps (certificate_id, serial_number, time, policy, hash_algorithm, imprint)
        SELECT $1, t.* FROM unnest($2, $3, $4, $5, $6) AS t
        WHERE EXISTS (SELECT FROM pki.certificates WHERE id = $1 AND revoked_at IS NULL)
        """;

    private PkiDatabase? _database;
    private DbCommand? _insert;

    /// <summary>Records them durably, all or none.</summary>
    /// <param name="timestamps">At least one; all under the same certificate.</param>
    /// <returns>False when the certificate is revoked; nothing is recorded then.</returns>
    /// <exception cref="DbException">The database did not take them. The next call connects anew.</exception>
    public bool Add(IReadOnlyList<IssuedTimestamp> timestamps)
    {
        object[] values =
        [
            timestamps[0].CertificateId,
            timestamps.Select(t => t.SerialNumber).ToArray(),
            timestamps.Select(t => t.Time).ToArray(),
            timestamps.Select(t => t.Policy).ToArray(),
            timestamps.Select(t => t.HashAlgorithm).ToArray(),
            timestamps.Select(t => t.Imprint).ToArray(),
        ];
        try
        {
            _insert ??= Prepare(values);
            for (int i = 0; i < values.Length; i++)
            {
                _insert.Parameters[i].Value = values[i];
            }

            return _insert.ExecuteNonQuery() == timestamps.Count;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _insert?.Dispose();
        _insert = null;
        _database?.Dispose();
        _database = null;
    }

    /// <param name="values">They tell the parameters' types.</param>
    private DbCommand Prepare(object[] values)
    {
        _database = databases.CreateDbContext();
        _database.Database.OpenConnection();
        DbCommand command = _database.Database.GetDbConnection().CreateCommand();
        command.CommandText = Insert;
        foreach (object value in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }

        command.Prepare();
        return command;
    }
}
