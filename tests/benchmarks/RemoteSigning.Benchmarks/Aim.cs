namespace RemoteSigning.Benchmarks;

/// <summary>What the card is to reach, against what was measured in the same run.</summary>
/// <param name="Ours">Microseconds, or a number of failures.</param>
/// <param name="Limit">What <paramref name="Ours"/> must not exceed.</param>
internal sealed record Aim(string Name, double Ours, double Limit)
{
    public bool Met => Ours <= Limit;
}
