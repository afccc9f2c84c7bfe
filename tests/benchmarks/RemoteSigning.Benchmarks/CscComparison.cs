using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// The CSC API beside the HSM: SoftHSM alone is 100 %. An operation is <c>credentials/authorize</c> with the PIN and
/// <c>signatures/signHash</c>, over TLS, through all processes. Both sides are measured in turns; load generator, HSM and
/// all processes work on the same machine.
/// </summary>
internal sealed class CscComparison(string folder)
{
    private const int Rounds = 2;
    private const double SecondsOfRound = 0.6;
    private const int CountedOperations = 1000;
    private const int CountedBatches = 40;
    private const double SingleAim = 0.35;
    private const double BatchAim = 0.7;

    private static readonly int[] Callers = [1, 4, 16];
    private static readonly int[] Batches = [1, 10, 100];
    private static readonly string[] Keys = ["RSA-2048", "P-256"];
    private static readonly string[] Scals = ["1", "2"];

    private readonly List<Measurement> _rows = [];
    private readonly List<Aim> _aims = [];
    private readonly List<ProcessorShare> _shares = [];
    private int _signed;

    public IReadOnlyList<Measurement> Rows => _rows;

    public IReadOnlyList<Aim> Aims => _aims;

    public IReadOnlyList<ProcessorShare> Shares => _shares;

    public async Task RunAsync()
    {
        Console.WriteLine();
        using var raw = new RawHsm(Path.Combine(folder, "raw"));
        await using RunningSandbox sandbox = await CscSandbox.StartAsync(Path.Combine(folder, "sandbox"));
        using CscCaller caller = await CscCaller.LoginAsync(sandbox);
        await CountAsync(sandbox, caller);
        using CscFloor floor = await CscFloor.StartAsync(raw, sandbox, Path.Combine(folder, "floor"));
        Console.WriteLine(
            $"\n  {"layer",-26}{"key",-10}{"callers",8}{"sigs/s",10}{"p50 ms",10}{"p99 ms",10}{"of C_Sign",11}{"of unwrap",11}");
        foreach (string key in Keys)
        {
            foreach (int callers in Callers)
            {
                await CompareAsync(raw, floor, caller, key, callers);
            }
        }

        int recorded = AuditCount.Successes(sandbox.SamLog);
        if (recorded != _signed)
        {
            throw new BenchmarkException($"{_signed} calls of signHash were answered, but the audit log holds {recorded}.");
        }

        Console.WriteLine($"\n  All signatures verified; the audit log holds {recorded} signature records, one for each call of signHash.");
        foreach (Aim aim in _aims)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {(aim.Met ? "met   " : "MISSED")}  {aim.Name}: {aim.Ours:0 %}, at least {aim.Limit:0 %}"));
        }
    }

    /// <summary>What one hash costs where, before any comparison: processor time, and what the database and its disk do.</summary>
    private async Task CountAsync(RunningSandbox sandbox, CscCaller caller)
    {
        SandboxDescription.Credential single = caller.Credential("RSA-2048", "2");
        byte[] publicKey = await caller.PublicKeyAsync(single);
        await MeasureAsync(caller, single, publicKey, 4, 1, 2 * CountedOperations); // Warm: the compilers of .NET work in steps.
        await MeasureAsync(caller, single, publicKey, 1, 1, CountedOperations);
        await CountAsync(sandbox, "credentials/list", 1, CountedOperations, n => Load.RunAsync("", "", 1, n, async _ =>
        {
            await caller.ListAsync();
            return null;
        }));
        foreach (int callers in (int[])[1, 4])
        {
            await CountAsync(sandbox, "authorize + signHash", callers, CountedOperations, n => MeasureAsync(caller, single, publicKey, callers, 1, n));
        }

        foreach (string key in Keys)
        {
            SandboxDescription.Credential batch = caller.Credential(key, "2");
            byte[] batchKey = await caller.PublicKeyAsync(batch);
            await MeasureAsync(caller, batch, batchKey, 4, Batches[^1], CountedBatches);
            await CountAsync(
                sandbox, $"authorize + signHash of {Batches[^1]} hashes, {key}", 4, CountedBatches, n => MeasureAsync(caller, batch, batchKey, 4, Batches[^1], n));
        }
    }

    private async Task CountAsync(RunningSandbox sandbox, string operation, int callers, int operations, Func<int, Task> act)
    {
        (double commits, double syncs) = Database(sandbox);
        IReadOnlyList<(string Process, TimeSpan Time)> before = CscSandbox.Processors(sandbox);
        await act(operations);
        IReadOnlyList<(string Process, TimeSpan Time)> after = CscSandbox.Processors(sandbox);
        (double commitsAfter, double syncsAfter) = Database(sandbox);
        ProcessorShare[] shares =
        [
            .. before.Zip(after, (b, a) => new ProcessorShare(
                operation, b.Process, callers, operations, (a.Time - b.Time).TotalMilliseconds / operations)),
        ];
        _shares.AddRange(shares);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n  Processor time of one {operation}, {callers} callers: {shares.Sum(s => s.Milliseconds):0.0} ms; PostgreSQL: {(commitsAfter - commits) / operations:0.0} transactions, {(syncsAfter - syncs) / operations:0.0} syncs of its log"));
        Console.WriteLine("  " + string.Join(", ", shares.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Process} {s.Milliseconds:0.0} ms"))));
    }

    /// <summary>Transactions and syncs so far. PostgreSQL adds them up about once a second, so that a few are told late.</summary>
    private static (double Commits, double Syncs) Database(RunningSandbox sandbox) => (
        CscSandbox.Number(sandbox, "select xact_commit from pg_stat_database where datname = current_database()"),
        CscSandbox.Number(sandbox, "select wal_sync from pg_stat_wal"));

    private async Task CompareAsync(RawHsm raw, CscFloor floor, CscCaller caller, string key, int callers)
    {
        var signs = new List<Measurement>();
        var unwraps = new List<Measurement>();
        var floors = new List<Measurement>();
        var ours = new Dictionary<(string Scal, int Batch), List<Measurement>>();
        for (int round = 0; round < Rounds; round++)
        {
            signs.Add(await raw.SignAsync(key, callers, Operations(signs, 500)));
            unwraps.Add(await raw.UnwrapSignDestroyAsync(key, callers, Operations(unwraps, 300)));
            floors.Add(await floor.RunAsync(key, callers, Operations(floors, 50)));
            foreach (string scal in Scals)
            {
                SandboxDescription.Credential credential = caller.Credential(key, scal);
                byte[] publicKey = await caller.PublicKeyAsync(credential);
                foreach (int batch in Batches)
                {
                    if (!ours.TryGetValue((scal, batch), out List<Measurement>? runs))
                    {
                        ours[(scal, batch)] = runs = [];
                        await MeasureAsync(caller, credential, publicKey, callers, batch, batch == Batches[^1] ? 1 : callers); // Warm.
                    }

                    runs.Add(await MeasureAsync(caller, credential, publicKey, callers, batch, Operations(runs, batch == Batches[^1] ? callers : 10 + callers, callers)));
                }
            }
        }

        Measurement sign = Add(Measurement.Mean(signs), 1, null, null);
        Measurement unwrap = Add(Measurement.Mean(unwraps), 1, sign, null);
        Add(Measurement.Mean(floors), 1, sign, unwrap);
        foreach (((string scal, int batch), List<Measurement> runs) in ours)
        {
            Measurement row = Add(Measurement.Mean(runs), batch, sign, unwrap);
            if (batch == 1 && key == Keys[0])
            {
                _aims.Add(new Aim($"{row.Layer}, {key}, {callers} callers, of raw unwrap+sign+destroy", row.ToRawUnwrap, SingleAim, AtLeast: true));
            }
            else if (batch == Batches[^1])
            {
                _aims.Add(new Aim($"{row.Layer}, {key}, {callers} callers, of raw C_Sign", row.ToRawSign, BatchAim, AtLeast: true));
            }
        }
    }

    private async Task<Measurement> MeasureAsync(
        CscCaller caller, SandboxDescription.Credential credential, byte[] publicKey, int callers, int batch, int operations)
    {
        _signed += operations;
        string hashes = batch == 1 ? "1 hash" : $"{batch} hashes";
        return await Load.RunAsync(
            $"CSC SCAL {credential.Scal}, {hashes}", credential.Algorithm, callers, operations, _ => caller.SignAsync(credential, publicKey, batch));
    }

    /// <summary>As many as take about a round; the first time a guess.</summary>
    private static int Operations(List<Measurement> before, int guess, int least = 1) =>
        before.Count == 0 ? guess : Math.Max(least, (int)(before[^1].PerSecond * SecondsOfRound));

    private Measurement Add(Measurement m, int batch, Measurement? sign, Measurement? unwrap)
    {
        m = m with { Operations = m.Operations * batch, PerSecond = m.PerSecond * batch };
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
