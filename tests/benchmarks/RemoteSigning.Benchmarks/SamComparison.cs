using System.Globalization;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// The SAM beside its HSM: SoftHSM alone is 100 %. Both sides are measured in turns, so that a disturbance meets both;
/// the load generator works on the same machine.
/// </summary>
internal sealed class SamComparison(string folder)
{
    private const int Rounds = 3;
    private const double SecondsOfRound = 1;
    private const int WarmRequests = 2000;

    /// <summary>About that of one signature with its proof.</summary>
    private const int LengthOfAnswer = 2048;

    private static readonly int[] Callers = [1, 4, 16];
    private static readonly int[] Batches = [1, 10, 100, 1000];

    private static readonly (string Name, KeyTemplate Template, string Algorithm, double SingleAim)[] Keys =
    [
        ("RSA-2048", new KeyTemplate("RSA", 2048), Oids.Sha256WithRsa, 0.6),
        ("P-256", new KeyTemplate("ECDSA", null, "secp256r1"), Oids.EcdsaWithSha256, 0.5),
    ];

    private readonly List<Measurement> _rows = [];
    private readonly List<Aim> _aims = [];

    public IReadOnlyList<Measurement> Rows => _rows;

    public IReadOnlyList<Aim> Aims => _aims;

    public async Task RunAsync()
    {
        using var raw = new RawHsm(Path.Combine(folder, "raw"));
        using var sam = new SamProcess(Path.Combine(folder, "sam"));
        await sam.StartAsync();
        using EmptyServer empty = await EmptyServer.StartAsync(Path.Combine(folder, "empty"), LengthOfAnswer, isTls: true);
        int requests = 0;
        Console.WriteLine($"\n  {"layer",-26}{"key",-10}{"callers",8}{"sigs/s",10}{"p50 ms",10}{"p99 ms",10}{"of C_Sign",11}{"of unwrap",11}");
        requests += await WarmAsync(sam);
        foreach ((string name, KeyTemplate template, string algorithm, double singleAim) in Keys)
        {
            KeyPair pair = await sam.EnrollAsync(template);
            foreach (int callers in Callers)
            {
                var floor = new SamFloor(raw, sam, pair, algorithm, empty, folder);
                requests += await CompareAsync(raw, sam, floor, pair, name, algorithm, callers, singleAim);
            }
        }

        int recorded = AuditCount.Successes(sam.Log);
        if (recorded != requests)
        {
            throw new BenchmarkException($"{requests} requests were answered, but the audit log holds {recorded}.");
        }

        Console.WriteLine($"\n  All signatures verified; the audit log holds {recorded} signature records, one for each request.");
        YardStick.Print();
        foreach (Aim aim in _aims)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {(aim.Met ? "met   " : "MISSED")}  {aim.Name}: {aim.Ours:0 %}, at least {aim.Limit:0 %}"));
        }
    }

    /// <summary>Until the runtime has compiled its code for good: a service is not started for one signature.</summary>
    private static async Task<int> WarmAsync(SamProcess sam)
    {
        const int callers = 2;
        var load = new SamLoad(sam, await sam.EnrollAsync(new KeyTemplate("ECDSA", null, "secp256r1")), Oids.EcdsaWithSha256, callers, 1);
        while (load.Requests < WarmRequests)
        {
            await load.RunLotAsync(WarmRequests / 10);
        }

        return load.Requests;
    }

    private async Task<int> CompareAsync(
        RawHsm raw, SamProcess sam, SamFloor floor, KeyPair pair, string name, string algorithm, int callers, double singleAim)
    {
        SamLoad[] loads = [.. Batches.Select(batch => new SamLoad(sam, pair, algorithm, callers, batch))];
        var signs = new List<Measurement>();
        var unwraps = new List<Measurement>();
        foreach (SamLoad load in loads)
        {
            await load.RunLotAsync(callers); // Warm.
        }

        int warm = loads.Sum(l => l.Requests);
        loads = [.. Batches.Select(batch => new SamLoad(sam, pair, algorithm, callers, batch))];
        for (int round = 0; round < Rounds; round++)
        {
            signs.Add(await raw.SignAsync(name, callers, Operations(signs)));
            unwraps.Add(await raw.UnwrapSignDestroyAsync(name, callers, Operations(unwraps)));
            await floor.RunRoundAsync(callers, SecondsOfRound / 2);
            foreach (SamLoad load in loads)
            {
                await load.RunAsync(SecondsOfRound);
            }
        }

        Measurement sign = Add(Measurement.Mean(signs), null, null);
        Measurement unwrap = Add(Measurement.Mean(unwraps), sign, null);
        _ = Add(floor.Trip, sign, unwrap);
        Measurement[] rows = [.. loads.Zip(Batches, (load, batch) => Add(load.Result($"SAM, {batch} hashes", name), sign, unwrap))];
        if (callers == 1)
        {
            floor.Print(unwrap, rows[0]);
        }

        _aims.Add(new Aim($"{name}, {callers} callers, 1 hash, of raw unwrap+sign+destroy", rows[0].ToRawUnwrap, singleAim, AtLeast: true));
        _aims.Add(new Aim($"{name}, {callers} callers, 100 hashes, of raw C_Sign", rows[2].ToRawSign, 0.8, AtLeast: true));
        return warm + loads.Sum(l => l.Requests);
    }

    /// <summary>As many as take about a round; the first time a guess.</summary>
    private static int Operations(List<Measurement> before) => before.Count == 0 ? 500 : (int)(before[^1].PerSecond * SecondsOfRound);

    private Measurement Add(Measurement m, Measurement? sign, Measurement? unwrap)
    {
        m = m with
        {
            ToRawSign = m.PerSecond / (sign ?? m).PerSecond,
            ToRawUnwrap = m.PerSecond / (unwrap ?? m).PerSecond,
        };
        _rows.Add(m);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {m.Layer,-26}{m.Key,-10}{m.Callers,8}{m.PerSecond,10:0}{m.P50,10:0.00}{m.P99,10:0.00}{m.ToRawSign,10:0 %}{m.ToRawUnwrap,11:0 %}"));
        return m;
    }
}
