using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Rows of users who never sign, with a credential and a key each, in the schemas of Server and Authorization: copies of the
/// first signer's with names of their own. A column that a later schema adds is copied too.
/// </summary>
internal static class GeneratedUsers
{
    /// <summary>The tables that grow, by their schema.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["authz.accounts", "authz.credentials", "server.signers", "server.credentials"];

    public static void Add(RunningSandbox sandbox, int count)
    {
        SandboxDescription.Signer sample = sandbox.Description.Signers[0];
        string credential = sample.Credentials[0].Id;
        const string email = "'user.' || n || '@example.com'";
        // From one end of all ids to the other, so that the sample's lies among them; rising, so that indexes grow at one end.
        string id = string.Create(
            CultureInfo.InvariantCulture, $"lpad(to_hex(n::bigint * {uint.MaxValue / count}), 8, '0') || lpad(to_hex(n), 24, '0')");
        string[] script =
        [
            // The rows are whole by their making: no need to look each foreign key up.
            "SET session_replication_role = replica;",
            Copy(sandbox, "authz.accounts", $"signer = '{sample.Id}'", count, new() { ["signer"] = id, ["email"] = email }),
            Copy(
                sandbox,
                "authz.credentials",
                $"credential_id = '{credential}'",
                count,
                new() { ["credential_id"] = id, ["key_id"] = id, ["signer"] = id }),
            Copy(sandbox, "server.signers", $"id = '{sample.Id}'", count, new() { ["id"] = id, ["email"] = email }),
            Copy(sandbox, "server.credentials", $"id = '{credential}'", count, new() { ["id"] = id, ["signer_id"] = id, ["key_id"] = id }),
            "VACUUM ANALYZE; CHECKPOINT;",
        ];
        CscSandbox.Query(sandbox, string.Join('\n', script));
    }

    /// <summary>Rows in each of the tables.</summary>
    public static IReadOnlyList<int> Count(RunningSandbox sandbox) =>
        [.. Tables.Select(t => (int)CscSandbox.Number(sandbox, $"select count(*) from {t}"))];

    private static string Copy(RunningSandbox sandbox, string table, string condition, int count, Dictionary<string, string> own)
    {
        string[] names = table.Split('.');
        string[] columns = CscSandbox.Query(
            sandbox,
            $"select column_name from information_schema.columns where table_schema = '{names[0]}' and table_name = '{names[1]}' order by ordinal_position").Split('\n');
        if (own.Keys.Except(columns).FirstOrDefault() is { } missing)
        {
            throw new BenchmarkException($"The table {table} has no column {missing} any more.");
        }

        string values = string.Join(", ", columns.Select(c => own.GetValueOrDefault(c, $"s.\"{c}\"")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO {table} ({string.Join(", ", columns.Select(c => $"\"{c}\""))}) SELECT {values} FROM {table} s, generate_series(1, {count}) n WHERE s.{condition};");
    }
}
