using System.Globalization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>The whole system with one signer who has a key of each kind for each SCAL, and what its database counts.</summary>
internal static class CscSandbox
{
    private static readonly KeyTemplate Rsa2048 = new("RSA", Size: 2048);
    private static readonly KeyTemplate P256 = new("ECDSA", NamedCurve: "secp256r1");

    public static Task<RunningSandbox> StartAsync(string folder) => RunningSandbox.StartAsync(
        new SandboxOptions(
            folder,
            "pin",
            [
                new("signer@example.com", "Sample", "Signer",
                [
                    new("RSA-2048", Rsa2048), new("P-256", P256),
                    new("RSA-2048 SCAL 2", Rsa2048, Scal: "2"), new("P-256 SCAL 2", P256, Scal: "2"),
                ]),
            ],
            WithAgent: false),
        new Steps(Console.Out),
        CancellationToken.None);

    /// <summary>Runs SQL as the owner of the cluster; what it answers, unaligned.</summary>
    public static string Query(RunningSandbox sandbox, string sql)
    {
        Dictionary<string, string> connection = sandbox.Description.Database.Split(';').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        return Commands.Run(
            "psql",
            ["-h", connection["Host"], "-U", connection["Username"], "-d", connection["Database"], "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            new Dictionary<string, string> { ["PGPASSWORD"] = connection["Password"] },
            sql).Trim();
    }

    public static double Number(RunningSandbox sandbox, string sql) => double.Parse(Query(sandbox, sql), CultureInfo.InvariantCulture);

    /// <summary>Processor time so far of all that works for a signature.</summary>
    public static IReadOnlyList<(string Process, TimeSpan Time)> Processors(RunningSandbox sandbox) =>
    [
        ("Server", ProcessorTime.Of(sandbox.Server.ProcessId, withDescendants: false)),
        ("Authorization", ProcessorTime.Of(sandbox.Authorization.ProcessId, withDescendants: false)),
        ("Sam", ProcessorTime.Of(sandbox.Sam.ProcessId, withDescendants: false)),
        ("PostgreSQL", ProcessorTime.Of(sandbox.DatabaseProcessId, withDescendants: true)),
        ("load generator", ProcessorTime.Of(Environment.ProcessId, withDescendants: false)), // The others descend from it.
    ];
}
