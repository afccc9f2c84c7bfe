using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// What the module and its socket cost, beside p11-kit's remoting, which is built the same way: a client module, a
/// socket, a server. Each figure is taken in turns, so that a disturbance meets all sides.
/// </summary>
internal sealed class CardComparison(CardSides sides)
{
    private const int Rounds = 5;
    private const int CrowdSize = 1000;

    private readonly List<CardMeasurement> _rows = [];
    private readonly List<Aim> _aims = [];

    public IReadOnlyList<CardMeasurement> Rows => _rows;

    public IReadOnlyList<Aim> Aims => _aims;

    /// <summary>Processes of the crowds that failed.</summary>
    public int Failures { get; private set; }

    /// <param name="sandbox">Null: nothing goes through the real agent.</param>
    public void Run(SandboxDescription? sandbox)
    {
        int[] objects = [.. sides.All.Select(s => s.CountObjects()).Distinct()];
        if (objects.Length != 1)
        {
            throw new BenchmarkException($"The tokens do not show equally many objects: {string.Join(", ", objects)}.");
        }

        Console.WriteLine($"\n  {"the card",-37}{"through",-41}{"threads",8}{"per s",10}{"p50 us",11}{"p99 us",11}");
        Cold($"fresh process lists {objects[0]} objects", "cold", 10);
        Cold("... and reads 6 attributes of each", "read", 10);
        Compare("C_FindObjects, warm", 1, _ => ["find", "400"]);
        foreach ((string key, string kind) in ((string, string)[])[("RSA-2048", "rsa"), ("P-256", "ec")])
        {
            Sign(key, kind, 1, 400);
            Sign(key, kind, 8, 800);
        }

        Crowd($"{CrowdSize} processes list and sign once", sides.Ours, sign: true);
        if (sandbox is not null)
        {
            var real = new CardSide("our module, real agent", sandbox.Pkcs11.Module, SampleSigner.Pin, sandbox.Pkcs11.Environment);
            Crowd($"{CrowdSize} processes list", real, sign: false);
        }

        Console.WriteLine();
        foreach (Aim aim in _aims)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {(aim.Met ? "met   " : "MISSED")}  {aim.Name}: {aim.Ours:0.#}, at most {aim.Limit:0.#}"));
        }
    }

    private void Cold(string what, string command, int processes)
    {
        CardMeasurement[] rows = Compare(what, 1, _ => [command, processes.ToString(CultureInfo.InvariantCulture)]);
        _aims.Add(new Aim($"{what}: our p50 in us, no slower than p11-kit", rows[0].P50, rows[1].P50));
    }

    /// <summary>Ours is the whole call, for the agent answers at once; p11-kit's is what it adds to SoftHSM.</summary>
    private void Sign(string key, string kind, int threads, int operations)
    {
        string number = operations.ToString(CultureInfo.InvariantCulture);
        CardMeasurement[] rows = Compare(
            $"C_Sign {key}", threads, side => ["sign", side.Pin, kind, number, threads.ToString(CultureInfo.InvariantCulture)]);
        _aims.Add(new Aim(
            $"C_Sign {key}, {threads} threads: our p50 share of a call in us, below p11-kit's", rows[0].P50, rows[1].P50 - rows[2].P50));
    }

    private void Crowd(string what, CardSide side, bool sign)
    {
        (double seconds, int failures, IReadOnlyList<double> times) = side.Crowd(CrowdSize, sign);
        Failures += failures;
        Add(CardMeasurement.Of(what, side.Name, 1, seconds, times));
        _aims.Add(new Aim($"{what}, {side.Name}: failures", failures, 0));
    }

    private CardMeasurement[] Compare(string what, int threads, Func<CardSide, IReadOnlyList<string>> arguments)
    {
        List<double>[] times = [.. sides.All.Select(_ => new List<double>())];
        double[] totals = new double[times.Length];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < times.Length; i++)
            {
                (IReadOnlyList<double> measured, double total) = sides.All[i].Run(arguments(sides.All[i]));
                times[i].AddRange(measured);
                totals[i] += total;
            }
        }

        return [.. sides.All.Select((side, i) => Add(CardMeasurement.Of(what, side.Name, threads, totals[i] / 1e6, times[i])))];
    }

    private CardMeasurement Add(CardMeasurement m)
    {
        _rows.Add(m);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {m.What,-37}{m.Through,-41}{m.Threads,8}{m.PerSecond,10:0}{m.P50,11:0.0}{m.P99,11:0.0}"));
        return m;
    }
}
