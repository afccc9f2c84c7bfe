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
        var checks = new Action?[operations];
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (int n = Interlocked.Increment(ref next); n < operations; n = Interlocked.Increment(ref next))
            {
                long begun = Stopwatch.GetTimestamp();
                checks[n] = await operation(n);
                times[n] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
        })));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (Action? check in checks)
        {
            check?.Invoke();
        }

        return Measurement.Of(layer, key, callers, seconds, times);
    }
}
