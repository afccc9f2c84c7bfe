using System.Diagnostics;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Several callers at the SAM, each waiting for its answer before its next request. Requests are prepared in lots of
/// about a quarter of a second, as a SAD is for use at once; neither that nor the verification at the end is in the time.
/// </summary>
internal sealed class SamLoad(SamProcess sam, KeyPair pair, string algorithm, int callers, int batch)
{
    private const double SecondsOfLot = 0.25;

    private readonly byte[] _publicKeyInfo = SamProcess.PublicKeyInfo(pair);
    private readonly List<double> _milliseconds = [];
    private double _seconds;
    private double _requestsPerSecond;

    /// <summary>Requests that were answered; each is one audit record.</summary>
    public int Requests => _milliseconds.Count;

    /// <summary>Adds up to what was measured before, until this much more time was measured.</summary>
    public async Task RunAsync(double seconds)
    {
        double end = _seconds + seconds;
        while (_seconds < end)
        {
            await RunLotAsync(Math.Max(callers, (int)(_requestsPerSecond * SecondsOfLot)));
        }
    }

    /// <summary>Signatures per second; times are those of a request.</summary>
    public Measurement Result(string layer, string key)
    {
        Measurement requests = Measurement.Of(layer, key, callers, _seconds, _milliseconds);
        return requests with { Operations = requests.Operations * batch, PerSecond = requests.PerSecond * batch };
    }

    public async Task RunLotAsync(int count)
    {
        string epoch = (await sam.StatusAsync()).Epoch;
        PreparedSignatures[] lot = [.. Enumerable.Range(0, count).Select(_ => new PreparedSignatures(sam, epoch, pair, algorithm, batch))];
        var times = new double[count];
        double seconds = await Load.TimeAsync(callers, 0, count, times, async n =>
        {
            await lot[n].SendAsync(sam.Http);
            return () => lot[n].Verify(_publicKeyInfo);
        });
        _milliseconds.AddRange(times);
        _seconds += seconds;
        _requestsPerSecond = count / seconds;
    }
}
