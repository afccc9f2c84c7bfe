using System.Diagnostics;
using System.Globalization;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Benchmarks;

/// <summary>What grows: the memory over many signatures, and all that hangs on the floor list with a million keys.</summary>
/// <param name="signatures">In batches; a fifth as many are made singly.</param>
internal sealed class SamEndurance(string folder, int signatures = SamEndurance.Million)
{
    public const int Million = 1_000_000;

    private const int Batch = 1000;
    private const int Callers = 2;
    private const int PartOfSingles = 5;
    private const int Singles = 2000;

    public async Task RunAsync()
    {
        using var sam = new SamProcess(folder);
        await sam.StartAsync();
        KeyPair pair = await sam.EnrollAsync(new KeyTemplate("ECDSA", null, "secp256r1"));
        await SignAsync(sam, pair, signatures, Batch, Callers);
        await SignAsync(sam, pair, signatures / PartOfSingles, 1, 2 * Callers);
        await CompareFloorListsAsync(sam, pair);
    }

    /// <summary>Batches bring the HSM to its most, singles the audit log: each has a record of its own.</summary>
    private static async Task SignAsync(SamProcess sam, KeyPair pair, int total, int batch, int callers)
    {
        Console.WriteLine($"\n  {"signatures (P-256)",20}{"hashes at once",16}{"audit records",16}{"resident MiB",14}{"sigs/s",10}");
        for (int signed = 0; signed <= total; signed += total / 10)
        {
            double rate = 0;
            if (signed > 0)
            {
                var load = new SamLoad(sam, pair, Oids.EcdsaWithSha256, callers, batch);
                while (load.Requests * batch < total / 10)
                {
                    await load.RunLotAsync(callers * Math.Max(2, 200 / batch));
                }

                rate = load.Result("", "").PerSecond;
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {signed,20:N0}{batch,16:N0}{signed / batch,16:N0}{sam.ResidentBytes / 1048576.0,14:0}{rate,10:0}"));
        }
    }

    private static async Task CompareFloorListsAsync(SamProcess sam, KeyPair pair)
    {
        Console.WriteLine($"\n  {"keys in the floor list",24}{"start, s",10}{"resident MiB",14}{"1 hash, 1 caller, p50 ms",26}{"changes/s",12}");
        foreach (int keys in (int[])[1, Million])
        {
            sam.Stop();
            if (keys > 1)
            {
                FloorListMaker.Lengthen(sam, keys);
            }

            long start = Stopwatch.GetTimestamp();
            await sam.StartAsync();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var load = new SamLoad(sam, pair, Oids.EcdsaWithSha256, 1, 1);
            while (load.Requests < Singles)
            {
                await load.RunLotAsync(100);
            }

            start = Stopwatch.GetTimestamp();
            const int enrolled = 20;
            for (int i = 0; i < enrolled; i++)
            {
                await sam.EnrollAsync(new KeyTemplate("ECDSA", null, "secp256r1"));
            }

            double changes = 2 * enrolled / Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {keys,24:N0}{seconds,10:0.0}{sam.ResidentBytes / 1048576.0,14:0}{load.Result("", "").P50,26:0.00}{changes,12:0}"));
        }
    }
}
