using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>What PostgreSQL itself takes to make a row durable, as its own pgbench measures it.</summary>
internal sealed class RawDatabase
{
    public const string Layer = "commit of a row";

    private readonly Dictionary<string, string> _connection;
    private readonly string _folder;
    private readonly string _script;

    /// <param name="connection">Connection string of a database with the schema <c>pki</c>.</param>
    public RawDatabase(string connection, string folder)
    {
        _connection = connection.Split(';').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        _folder = Directory.CreateDirectory(folder).FullName;
        _script = Path.Combine(_folder, "commit.sql");
        File.WriteAllText(_script, "INSERT INTO pki.commits (imprint) VALUES (sha256('a digest'));\n");
        _ = Query("CREATE TABLE pki.commits (id bigserial PRIMARY KEY, imprint bytea NOT NULL)");
    }

    /// <summary>Single rows, each with a commit of its own, for about a second.</summary>
    public Measurement Commit(string key, int callers)
    {
        const int seconds = 1;
        string log = Path.Combine(_folder, $"pgbench-{Guid.NewGuid():N}");
        string clients = callers.ToString(CultureInfo.InvariantCulture);
        Commands.Run("pgbench", [.. Where(), "-n", "-c", clients, "-T", $"{seconds}", "-M", "prepared", "-f", _script, "-l", "--log-prefix", log], Password());
        double[] milliseconds =
        [
            .. Directory.GetFiles(_folder, $"{Path.GetFileName(log)}*").SelectMany(File.ReadLines)
                .Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) / 1000),
        ];
        return Measurement.Of(Layer, key, callers, seconds, milliseconds);
    }

    /// <summary>The one value that a query gives.</summary>
    public string Query(string sql) => Commands.Run("psql", [.. Where(), "-A", "-t", "-c", sql], Password()).Trim();

    private string[] Where() => ["-h", _connection["Host"], "-U", _connection["Username"], "-d", _connection["Database"]];

    private Dictionary<string, string> Password() => new() { ["PGPASSWORD"] = _connection["Password"] };
}
