namespace RemoteSigning.Benchmarks;

/// <summary>One row of the table.</summary>
/// <param name="Layer">What was called.</param>
/// <param name="Key">RSA-2048 or P-256.</param>
/// <param name="Callers">How many called at once.</param>
/// <param name="PerSecond">Finished operations per second.</param>
/// <param name="P50">Median, milliseconds.</param>
/// <param name="P99">99th percentile, milliseconds.</param>
/// <param name="ToRawSign">Rate as a part of raw <c>C_Sign</c>'s with the same key type and callers in the same run.</param>
/// <param name="ToRawUnwrap">The same against raw unwrap, sign, destroy.</param>
/// <param name="ToFloor">The same against what is left where each answer costs what no server gets below; null where that is not known.</param>
internal sealed record Measurement(
    string Layer, string Key, int Callers, int Operations, double PerSecond, double P50, double P99, double ToRawSign = 1, double ToRawUnwrap = 1,
    double? ToFloor = null)
{
    public static Measurement Of(string layer, string key, int callers, double seconds, IEnumerable<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return new Measurement(
            layer, key, callers, sorted.Length, sorted.Length / seconds, At(sorted, 0.50), At(sorted, 0.99));
    }

    /// <summary>Several runs of the same as one; the percentiles are means.</summary>
    public static Measurement Mean(IReadOnlyList<Measurement> runs) => runs[0] with
    {
        Operations = runs.Sum(r => r.Operations),
        PerSecond = runs.Sum(r => r.Operations) / runs.Sum(r => r.Operations / r.PerSecond),
        P50 = runs.Average(r => r.P50),
        P99 = runs.Average(r => r.P99),
    };

    private static double At(double[] sorted, double part) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];
}
