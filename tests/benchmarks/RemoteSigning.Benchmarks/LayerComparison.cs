using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>The raw HSM and every layer above it, up to <c>C_Sign</c> through the card.</summary>
internal sealed class LayerComparison
{
    private readonly List<Measurement> _rows = [];

    public IReadOnlyList<Measurement> Rows => _rows;

    public async Task RunAsync(RunningSandbox sandbox, string folder)
    {
        using var raw = new RawHsm(Path.Combine(folder, "raw"));
        using CscCaller csc = await CscCaller.LoginAsync(sandbox);
        using var service = new ServiceCaller(sandbox, csc);
        int signed = 0;
        Console.WriteLine($"\n  {"layer",-26}{"key",-10}{"callers",8}{"per s",10}{"p50 ms",10}{"p99 ms",10}{"of C_Sign",11}{"of unwrap",11}");
        foreach (string key in (string[])["RSA-2048", "P-256"])
        {
            foreach (int callers in (int[])[1, 4])
            {
                await raw.SignAsync(key, callers, 200);
                Measurement rawSign = Add(await raw.SignAsync(key, callers, 2000), null, null);
                Measurement rawUnwrap = Add(await raw.UnwrapSignDestroyAsync(key, callers, 1000), rawSign, null);
                await service.SamAsync(key, callers, 100);
                Add(await service.SamAsync(key, callers, 600), rawSign, rawUnwrap);
                await service.CscAsync(key, callers, 100);
                Add(await service.CscAsync(key, callers, 600), rawSign, rawUnwrap);
                service.Card(key, callers, 100);
                Add(service.Card(key, callers, 400), rawSign, rawUnwrap);
                signed += 100 + 600 + 100 + 600 + 100 + 400;
            }
        }

        int recorded = AuditCount.Successes(sandbox.SamLog);
        if (recorded != signed)
        {
            throw new BenchmarkException($"{signed} signatures were received, but the audit log holds {recorded}.");
        }

        Console.WriteLine($"\n  All signatures verified; the audit log holds {recorded} signature records, one for each.");
    }

    private Measurement Add(Measurement m, Measurement? rawSign, Measurement? rawUnwrap)
    {
        m = m with
        {
            ToRawSign = m.PerSecond / (rawSign ?? m).PerSecond,
            ToRawUnwrap = m.PerSecond / (rawUnwrap ?? m).PerSecond,
        };
        _rows.Add(m);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {m.Layer,-26}{m.Key,-10}{m.Callers,8}{m.PerSecond,10:0}{m.P50,10:0.00}{m.P99,10:0.00}{m.ToRawSign,10:0 %}{m.ToRawUnwrap,11:0 %}"));
        return m;
    }
}
