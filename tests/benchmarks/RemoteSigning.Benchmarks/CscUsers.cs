using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// One signer among a million users and keys in PostgreSQL, beside the same signer alone: two systems, asked in turns, so that a
/// disturbance meets both. The million are rows; their keys are copies that no HSM is asked for.
/// </summary>
internal sealed class CscUsers(string folder)
{
    private const int Users = 1_000_000;
    private const int Warm = 50;
    private const int Operations = 200;
    private const double ListAim = 1.5;
    private const double SigningAim = 1.1;

    private static readonly string[] Functions = ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash", "authorize + signHash"];

    private readonly List<Aim> _aims = [];

    public IReadOnlyList<Aim> Aims => _aims;

    public async Task RunAsync()
    {
        Console.WriteLine();
        await using RunningSandbox few = await CscSandbox.StartAsync(Path.Combine(folder, "few"));
        await using RunningSandbox many = await CscSandbox.StartAsync(Path.Combine(folder, "many"));
        double before = Megabytes(many);
        long start = Stopwatch.GetTimestamp();
        GeneratedUsers.Add(many, Users);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n  {Users:N0} users with a key each were added in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s: {before:N0} MB → {Megabytes(many):N0} MB"));
        Console.WriteLine($"  rows now: {string.Join(", ", GeneratedUsers.Tables.Zip(GeneratedUsers.Count(many)).Select(t => $"{t.First} {t.Second:N0}"))}");
        await CompareAsync(few, many);
        foreach (RunningSandbox sandbox in (RunningSandbox[])[few, many])
        {
            int recorded = AuditCount.Successes(sandbox.SamLog);
            if (recorded != Warm + Operations)
            {
                throw new BenchmarkException($"{Warm + Operations} signatures were answered, but the audit log holds {recorded}.");
            }
        }

        Console.WriteLine("  All signatures verified; the audit logs hold one record for each.");
    }

    private async Task CompareAsync(RunningSandbox few, RunningSandbox many)
    {
        using CscCaller fewCaller = await CscCaller.LoginAsync(few);
        using CscCaller manyCaller = await CscCaller.LoginAsync(many);
        byte[] fewKey = await fewCaller.PublicKeyAsync(Credential(fewCaller));
        byte[] manyKey = await manyCaller.PublicKeyAsync(Credential(manyCaller));
        double[][] fewTimes = Times();
        double[][] manyTimes = Times();
        Dictionary<string, (double Sequential, double Index)> scans = [];
        for (int n = -Warm; n < Operations; n++)
        {
            if (n == 0)
            {
                scans = await ScansAsync(many, Warm, null);
            }

            // Now one, now the other first: what follows a pause is slower.
            if (n % 2 == 0)
            {
                await CallAsync(fewCaller, fewKey, fewTimes, n);
                await CallAsync(manyCaller, manyKey, manyTimes, n);
            }
            else
            {
                await CallAsync(manyCaller, manyKey, manyTimes, n);
                await CallAsync(fewCaller, fewKey, fewTimes, n);
            }
        }

        Dictionary<string, (double Sequential, double Index)> scansAfter = await ScansAsync(many, Operations, scans);
        Console.WriteLine($"\n  {"medians",-26}{"alone ms",12}{"among ms",12}{"ratio",8}");
        for (int f = 0; f < Functions.Length; f++)
        {
            double alone = Median(fewTimes[f]);
            double among = Median(manyTimes[f]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Functions[f],-26}{alone,12:0.00}{among,12:0.00}{among / alone,8:0.00}"));
            if (f == 0 || f == Functions.Length - 1)
            {
                _aims.Add(new Aim($"{Functions[f]} among {Users:N0} users, of the same alone", among / alone, f == 0 ? ListAim : SigningAim));
            }
        }

        Console.WriteLine($"\n  {"scans of the large tables",-26}{"whole table",12}{"by index",12}");
        foreach (string table in GeneratedUsers.Tables)
        {
            double sequential = scansAfter[table].Sequential - scans[table].Sequential;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {table,-26}{sequential,12:0}{scansAfter[table].Index - scans[table].Index,12:0}"));
            _aims.Add(new Aim($"scans of the whole of {table}", sequential, 0));
        }

        foreach (Aim aim in _aims)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {(aim.Met ? "met   " : "MISSED")}  {aim.Name}: {aim.Ours:0.00}, at most {aim.Limit:0.00}"));
        }
    }

    private static double[][] Times() => [.. Functions.Select(_ => new double[Operations])];

    private static SandboxDescription.Credential Credential(CscCaller caller) => caller.Credential("RSA-2048", "2");

    private static async Task CallAsync(CscCaller caller, byte[] publicKey, double[][] times, int n)
    {
        SandboxDescription.Credential credential = Credential(caller);
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        string[] hashes = [Convert.ToBase64String(hash)];
        (_, double list) = await TimeAsync(caller.ListAsync);
        (_, double info) = await TimeAsync(() => caller.InfoAsync(credential));
        (string sad, double authorize) = await TimeAsync(() => caller.AuthorizeAsync(credential, hashes));
        (IReadOnlyList<string> signatures, double sign) = await TimeAsync(() => caller.SignHashAsync(credential, sad, hashes));
        if (!Signatures.Verify(publicKey, hash, Convert.FromBase64String(signatures[0]), der: true))
        {
            throw new BenchmarkException("A signature of the CSC API does not verify.");
        }

        if (n >= 0)
        {
            (times[0][n], times[1][n], times[2][n], times[3][n], times[4][n]) = (list, info, authorize, sign, authorize + sign);
        }
    }

    private static async Task<(T Answer, double Milliseconds)> TimeAsync<T>(Func<Task<T>> call)
    {
        long start = Stopwatch.GetTimestamp();
        T answer = await call();
        return (answer, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static double Megabytes(RunningSandbox sandbox) => CscSandbox.Number(sandbox, "select pg_database_size(current_database())") / (1 << 20);

    /// <summary>
    /// How often each of the tables was read from one end to the other, and how often by an index: counted by PostgreSQL for the very
    /// statements of the programs. It adds up some time later, so this waits until the last of the operations is in.
    /// </summary>
    private static async Task<Dictionary<string, (double Sequential, double Index)>> ScansAsync(
        RunningSandbox sandbox, int operations, Dictionary<string, (double Sequential, double Index)>? before)
    {
        const string last = "server.credentials";
        const int scansPerOperation = 4; // list, info, authorize, signHash
        double wanted = (before?[last].Index ?? 0) + (operations * scansPerOperation);
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            Dictionary<string, (double, double Index)> scans = GeneratedUsers.Tables.ToDictionary(t => t, t => (
                CscSandbox.Number(sandbox, $"select seq_scan from pg_stat_user_tables where relid = '{t}'::regclass"),
                CscSandbox.Number(sandbox, $"select idx_scan from pg_stat_user_tables where relid = '{t}'::regclass")));
            if (scans[last].Index >= wanted)
            {
                return scans;
            }

            if (guard.IsCancellationRequested)
            {
                throw new BenchmarkException($"{last} was read by an index {scans[last].Index} times, not {wanted} times.");
            }

            await Task.Delay(500);
        }
    }
}
