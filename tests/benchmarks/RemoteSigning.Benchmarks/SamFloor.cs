using System.Globalization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// What a signature costs at least, whatever the SAM's own code takes: an empty round trip over the same transport, the
/// HSM's unwrap, sign and destroy, the HSM's signature over the log's head, and the disk's flush, one after the other.
/// </summary>
internal sealed class SamFloor(RawHsm raw, SamProcess sam, KeyPair pair, string algorithm, EmptyServer empty, string folder)
{
    private readonly List<Measurement> _trips = [];
    private readonly List<Measurement> _heads = [];
    private readonly List<Measurement> _flushes = [];

    /// <summary>The empty round trips; per second, and milliseconds each.</summary>
    public Measurement Trip => Measurement.Mean(_trips);

    public async Task RunRoundAsync(int callers, double seconds)
    {
        var request = new PreparedSignatures(sam, "", pair, algorithm, 1);
        _trips.Add(await Load.RunAsync("empty round trip", "-", callers, Operations(_trips, seconds), async _ =>
        {
            await request.SendAsync(empty.Http);
            return null;
        }));
        if (callers == 1)
        {
            _heads.Add(await raw.SignAsync("P-256", 1, Operations(_heads, seconds / 4)));
            _flushes.Add(await RawDisk.FlushAsync(folder, Operations(_flushes, seconds / 4)));
        }
    }

    /// <summary>For one caller, who gains nothing from others that wait with him. Medians.</summary>
    public void Print(Measurement unwrap, Measurement single)
    {
        double trip = Trip.P50;
        double head = Measurement.Mean(_heads).P50;
        double flush = Measurement.Mean(_flushes).P50;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    medians: {single.P50:0.00} ms; without the SAM's own work {unwrap.P50 + trip + head + flush:0.00} = unwrap+sign+destroy {unwrap.P50:0.00} + empty round trip {trip:0.00} + head's signature {head:0.00} + flush {flush:0.00}"));
    }

    private static int Operations(List<Measurement> before, double seconds) =>
        before.Count == 0 ? 100 : Math.Max(1, (int)(before[^1].PerSecond * seconds));
}
