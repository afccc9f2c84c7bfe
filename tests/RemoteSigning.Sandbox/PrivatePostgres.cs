using System.Security.Cryptography;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A private PostgreSQL cluster: no TCP, a socket folder that only its owner enters, passwords by SCRAM.
/// PostgreSQL refuses to run as root; then it runs as the user <c>postgres</c>, in folders of that user.
/// </summary>
public sealed class PrivatePostgres : IDisposable
{
    private const string Superuser = "cluster_owner";

    private readonly ChildProcess _server;
    private readonly string _socketFolder;
    private readonly string _superuserPassword;

    private PrivatePostgres(ChildProcess server, string socketFolder, string superuserPassword)
    {
        _server = server;
        _socketFolder = socketFolder;
        _superuserPassword = superuserPassword;
    }

    /// <summary>The first process of the cluster.</summary>
    public int ProcessId => _server.Id;

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>
    /// Makes a new cluster in <paramref name="folder"/> and starts it. The socket lies in a short path of its own
    /// below the temporary folder, because the system limits such paths to 107 bytes.
    /// </summary>
    public static PrivatePostgres Start(string folder, string logFile)
    {
        string binaries = FindBinaries();
        string socket = NewSocketFolder(folder);

        // The user postgres must be able to walk the whole way down to its cluster: so that lies beside the socket.
        string data = Path.Combine(IsRoot ? socket : Path.GetFullPath(folder), "data");
        Directory.CreateDirectory(folder);
        string password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        PrivatePostgres? cluster = null;
        try
        {
            Initialize(binaries, data, socket, password);
            ChildProcess server = ChildProcess.Start(
                "postgres",
                Program(binaries, "postgres"),
                [.. Prefix(binaries, "postgres"), "-D", data, "-k", socket, "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "max_connections=200"],
                logFile,
                stopSignal: 2);
            cluster = new PrivatePostgres(server, socket, password);
            cluster.WaitUntilReady(binaries);
            return cluster;
        }
        catch
        {
            cluster?._server.Dispose();
            Directory.Delete(socket, recursive: true);
            throw;
        }
    }

    /// <summary>A new folder with a short path; what a crash of the same sandbox left behind is removed.</summary>
    private static string NewSocketFolder(string folder)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(folder)))[..6]);
        foreach (string stale in Directory.GetDirectories(Path.GetTempPath(), $"rs-pg-{name}-*"))
        {
            Directory.Delete(stale, recursive: true);
        }

        return Directory.CreateTempSubdirectory($"rs-pg-{name}-").FullName;
    }

    private static void Initialize(string binaries, string data, string socket, string password)
    {
        string passwordFile = Path.Combine(socket, "password");
        OwnerOnly.Write(passwordFile, password);
        if (IsRoot)
        {
            Commands.Run("chown", ["-R", "postgres:postgres", socket]);
        }

        Commands.Run(
            Program(binaries, "initdb"),
            [
                .. Prefix(binaries, "initdb"), "-D", data, "-U", Superuser, "-A", "scram-sha-256", "--pwfile", passwordFile,
                "-E", "UTF8", "--locale=C", "--no-sync",
            ]);
        File.Delete(passwordFile);
    }

    /// <summary>The connection string of the cluster's owner, for looking at everything.</summary>
    public string OwnerConnection(string database) =>
        $"Host={_socketFolder};Database={database};Username={Superuser};Password={_superuserPassword}";

    /// <summary>Makes a database of this name with one role and one schema for each owner; returns their connection strings.</summary>
    public IReadOnlyDictionary<string, string> CreateDatabase(string database, params string[] owners)
    {
        Execute("postgres", $"CREATE DATABASE {database};");
        var connections = new Dictionary<string, string>();
        var script = new System.Text.StringBuilder($"REVOKE ALL ON DATABASE {database} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC;");
        foreach (string owner in owners)
        {
            string role = $"{database}_{owner}";
            string password = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            script.Append(
                $"CREATE ROLE {role} LOGIN PASSWORD '{password}'; GRANT CONNECT ON DATABASE {database} TO {role};"
                + $"CREATE SCHEMA {owner} AUTHORIZATION {role}; ALTER ROLE {role} SET search_path = {owner};");
            connections[owner] = $"Host={_socketFolder};Database={database};Username={role};Password={password}";
        }

        Execute(database, script.ToString());
        return connections;
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_socketFolder, recursive: true);
    }

    private static string FindBinaries() =>
        Directory.Exists("/usr/lib/postgresql")
            && Directory.GetDirectories("/usr/lib/postgresql").OrderDescending()
                .Select(d => Path.Combine(d, "bin")).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb"))) is { } found
            ? found
            : throw new InvalidOperationException("PostgreSQL is not installed: apt-get install postgresql, or run ./build.sh Setup.");

    private static string Program(string binaries, string program) => IsRoot ? "setpriv" : Path.Combine(binaries, program);

    private static string[] Prefix(string binaries, string program) =>
        IsRoot ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", Path.Combine(binaries, program)] : [];

    private void WaitUntilReady(string binaries)
    {
        for (int attempt = 0; attempt < 300; attempt++)
        {
            if (_server.HasExited)
            {
                throw new InvalidOperationException($"PostgreSQL did not start; see {_server.LogFile}.");
            }

            if (Commands.Try(Path.Combine(binaries, "pg_isready"), ["-q", "-h", _socketFolder]).ExitCode == 0)
            {
                return;
            }

            Thread.Sleep(100);
        }

        throw new TimeoutException($"PostgreSQL was not ready after 30 seconds; see {_server.LogFile}.");
    }

    private void Execute(string database, string sql) => Commands.Run(
        Path.Combine(FindBinaries(), "psql"),
        ["-q", "-v", "ON_ERROR_STOP=1", "-h", _socketFolder, "-U", Superuser, "-d", database, "-f", "-"],
        new Dictionary<string, string> { ["PGPASSWORD"] = _superuserPassword },
        sql);
}
