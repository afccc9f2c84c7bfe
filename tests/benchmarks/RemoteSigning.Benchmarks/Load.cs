using System.Diagnostics;

namespace RemoteSigning.Benchmarks;

/// <summary>Calls an operation from several callers at once, each waiting for its answer before the next call.</summary>
internal static class Load
{
    /// <param name="operation">Gets the number of the operation, from 0; what it checks is outside the measured time.</param>
    public static async Task<Measurement> RunAsync(
        string layer, string key, int callers, int operations, Func<int, Task<Action?>> operation)
    {
        var times = new double[operations];
        double seconds = await TimeAsync(callers, 0, operations, times, operation);
        return Measurement.Of(layer, key, callers, seconds, times);
    }

    /// <summary>Runs the operations <paramref name="from"/> to <paramref name="to"/>, without the latter; the seconds it took.</summary>
    /// <param name="times">Where the milliseconds of each operation go.</param>
    public static async Task<double> TimeAsync(int callers, int from, int to, double[] times, Func<int, Task<Action?>> operation)
    {
        var checks = new Action?[to - from];
        int next = from - 1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (int n = Interlocked.Increment(ref next); n < to; n = Interlocked.Increment(ref next))
            {
                long begun = Stopwatch.GetTimestamp();
                checks[n - from] = await operation(n);
                times[n] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (Action? check in checks)
        {
            check?.Invoke();
        }

        return seconds;
    }
}
