namespace RemoteSigning.Benchmarks;

/// <summary>One row of the card's table.</summary>
/// <param name="What">What was done.</param>
/// <param name="Through">Which module did it, and what was behind it.</param>
/// <param name="PerSecond">Finished operations per second, of all threads together.</param>
/// <param name="P50">Median, microseconds.</param>
/// <param name="P99">99th percentile, microseconds.</param>
internal sealed record CardMeasurement(string What, string Through, int Threads, int Operations, double PerSecond, double P50, double P99)
{
    /// <param name="microseconds">Of each operation.</param>
    public static CardMeasurement Of(string what, string through, int threads, double seconds, IEnumerable<double> microseconds)
    {
        Measurement m = Measurement.Of(through, "", threads, seconds, microseconds);
        return new CardMeasurement(what, through, threads, m.Operations, m.PerSecond, m.P50, m.P99);
    }
}
