using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Time stamps and OCSP answers beside the HSM: <c>C_Sign</c> of SoftHSM alone, with a key of the same kind, is 100 %. Both
/// sides are measured in turns; the load generator works on the same machine. Beside them stands what no server gets below: an
/// empty round trip over the same transport, and the commit of a row.
/// </summary>
internal sealed class PkiComparison(string folder)
{
    private const string OcspKey = "RSA-3072";
    private const double Share = 0.5;
    private const int Rounds = 3;
    private const double SecondsOfRound = 1;

    /// <summary>About that of a token with its certificates.</summary>
    private const int LengthOfAnswer = 3072;

    private static readonly int[] Callers = [1, 4, 16];
    private static readonly string[] Keys = ["RSA-2048", "P-256"];

    private readonly List<Measurement> _rows = [];
    private readonly List<Aim> _aims = [];

    public IReadOnlyList<Measurement> Rows => _rows;

    public IReadOnlyList<Aim> Aims => _aims;

    public async Task RunAsync()
    {
        Directory.CreateDirectory(folder);
        using var raw = new RawHsm(Path.Combine(folder, "raw"));
        using PrivatePostgres postgres = PrivatePostgres.Start(Path.Combine(folder, "postgres"), Path.Combine(folder, "postgres.log"));
        using EmptyServer empty = await EmptyServer.StartAsync(Path.Combine(folder, "empty"), LengthOfAnswer, isTls: false);
        Console.WriteLine($"\n  {"layer",-26}{"key",-10}{"callers",8}{"per s",10}{"p50 ms",10}{"p99 ms",10}{"of C_Sign",11}");
        foreach (string key in Keys)
        {
            string database = postgres.CreateDatabase($"pki_{key.Replace('-', '_').ToLowerInvariant()}", "pki")["pki"];
            using var pki = new PkiProcess(Path.Combine(folder, key), database, key);
            await pki.StartAsync();
            var commits = new RawDatabase(database, Path.Combine(folder, "commits"));
            PkiCaller caller = await PkiCaller.PrepareAsync(pki);
            foreach (int callers in Callers)
            {
                Measurement commit = commits.Commit(key, callers);
                Measurement trip = await PkiCaller.AskAsync(empty, key, callers, Operations([commit]));
                await CompareAsync(key, callers, raw, n => caller.StampAsync(key, callers, n), trip, commit);
                if (key == Keys[0])
                {
                    await CompareAsync(OcspKey, callers, raw, n => caller.AskStatusAsync(OcspKey, callers, n), trip);
                }
            }

            CheckRecords(commits, caller.Tokens);
        }

        foreach (Aim aim in _aims)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {(aim.Met ? "met   " : "MISSED")}  {aim.Name}: {aim.Ours:0 %}, at least {aim.Limit:0 %}"));
        }
    }

    private async Task CompareAsync(string key, int callers, RawHsm raw, Func<int, Task<Measurement>> measure, params Measurement[] limits)
    {
        var signs = new List<Measurement>();
        var answers = new List<Measurement>();
        _ = await measure(10 * callers); // Warm.
        for (int round = 0; round < Rounds; round++)
        {
            signs.Add(await raw.SignAsync(key, callers, Operations(signs)));
            answers.Add(await measure(Operations(answers)));
        }

        Measurement sign = Add(Measurement.Mean(signs), null);
        foreach (Measurement limit in limits)
        {
            _ = Add(limit with { Key = key }, sign);
        }

        Measurement answer = Add(Measurement.Mean(answers), sign);
        _aims.Add(new Aim($"{answer.Layer}, {key}, {callers} callers, of raw C_Sign", answer.ToRawSign, Share, AtLeast: true));
    }

    /// <summary>As many as take about a round; the first time a guess.</summary>
    private static int Operations(List<Measurement> before) => before.Count == 0 ? 300 : (int)(before[^1].PerSecond * SecondsOfRound) + 1;

    /// <remarks>Nothing is unwrapped here.</remarks>
    private Measurement Add(Measurement m, Measurement? sign)
    {
        m = m with { ToRawSign = m.PerSecond / (sign ?? m).PerSecond, ToRawUnwrap = 0 };
        _rows.Add(m);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {m.Layer,-26}{m.Key,-10}{m.Callers,8}{m.PerSecond,10:0}{m.P50,10:0.00}{m.P99,10:0.00}{m.ToRawSign,10:0 %}"));
        return m;
    }

    private static void CheckRecords(RawDatabase database, int tokens)
    {
        string recorded = database.Query("select count(*) from pki.timestamps");
        if (recorded != tokens.ToString(CultureInfo.InvariantCulture))
        {
            throw new BenchmarkException($"{tokens} time stamps were given, but {recorded} are recorded.");
        }

        Console.WriteLine($"  {recorded} time stamps were given, and as many are recorded.");
    }
}
