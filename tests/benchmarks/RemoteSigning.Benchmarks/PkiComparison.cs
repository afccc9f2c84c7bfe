using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Time stamps and OCSP answers beside the HSM: <c>C_Sign</c> of SoftHSM alone, with a key of the same kind, is 100 %. Both
/// sides are measured in turns; the load generator works on the same machine. Beside them stands what no server gets below: an
/// empty round trip over the same transport, and the commit of a row; and what these leave when one comes after the other.
/// </summary>
internal sealed class PkiComparison(string folder)
{
    private const string OcspKey = "RSA-3072";
    private const double Share = 0.5;
    private const int Rounds = 3;
    private const double SecondsOfRound = 1;

    /// <summary>Until the runtime has compiled its code for good: a service is not started for one time stamp.</summary>
    private const int WarmStamps = 10_000;

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
        Console.WriteLine($"\n  {"layer",-26}{"key",-10}{"callers",8}{"per s",10}{"p50 ms",10}{"p99 ms",10}{"of C_Sign",11}{"of floor",10}");
        foreach (string key in Keys)
        {
            string database = postgres.CreateDatabase($"pki_{key.Replace('-', '_').ToLowerInvariant()}", "pki")["pki"];
            using var pki = new PkiProcess(Path.Combine(folder, key), database, key);
            await pki.StartAsync();
            var commits = new RawDatabase(database, Path.Combine(folder, "commits"));
            PkiCaller caller = await PkiCaller.PrepareAsync(pki);
            _ = await caller.StampAsync(key, Callers[^1], WarmStamps);
            foreach (int callers in Callers)
            {
                await CompareAsync(
                    n => raw.SignAsync(key, callers, n),
                    n => PkiCaller.AskAsync(empty, key, callers, n),
                    _ => Task.FromResult(commits.Commit(key, callers)),
                    n => caller.StampAsync(key, callers, n));
                if (key == Keys[0])
                {
                    await CompareAsync(
                        n => raw.SignAsync(OcspKey, callers, n),
                        n => PkiCaller.AskAsync(empty, OcspKey, callers, n),
                        n => caller.AskStatusAsync(OcspKey, callers, n));
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

    /// <param name="sides">Measured in turns: first the HSM alone, last what is compared with it, between them what stands in its way.</param>
    private async Task CompareAsync(params Func<int, Task<Measurement>>[] sides)
    {
        List<Measurement>[] runs = [.. sides.Select(_ => new List<Measurement>())];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < sides.Length; i++)
            {
                runs[i].Add(await sides[i](Operations(runs[i])));
            }
        }

        Measurement[] means = [.. runs.Select(Measurement.Mean)];
        Measurement sign = Add(means[0], means[0]);
        foreach (Measurement limit in means[1..^1])
        {
            _ = Add(limit, sign);
        }

        Measurement answer = Add(means[^1], sign, Floor(means[..^1]));
        _aims.Add(new Aim($"{answer.Layer}, {answer.Key}, {answer.Callers} callers, of raw C_Sign", answer.ToRawSign, Share, AtLeast: true));
    }

    /// <summary>
    /// Per second, where each answer costs a signature and an empty round trip, on the same processors; with a single caller the commit of its
    /// row as well, which several share.
    /// </summary>
    private static double Floor(Measurement[] parts) =>
        1 / parts.Where(p => p.Callers == 1 || p.Layer != RawDatabase.Layer).Sum(p => 1 / p.PerSecond);

    /// <summary>As many as take about a round; the first time a guess.</summary>
    private static int Operations(List<Measurement> before) => before.Count == 0 ? 300 : (int)(before[^1].PerSecond * SecondsOfRound) + 1;

    /// <param name="floor">Per second; null for the rows of which it is made.</param>
    /// <remarks>Nothing is unwrapped here.</remarks>
    private Measurement Add(Measurement m, Measurement sign, double? floor = null)
    {
        m = m with { ToRawSign = m.PerSecond / sign.PerSecond, ToRawUnwrap = 0, ToFloor = m.PerSecond / floor };
        _rows.Add(m);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {m.Layer,-26}{m.Key,-10}{m.Callers,8}{m.PerSecond,10:0}{m.P50,10:0.00}{m.P99,10:0.00}{m.ToRawSign,10:0 %}{m.ToFloor,11:0 %}"));
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
