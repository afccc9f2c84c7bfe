namespace RemoteSigning.Benchmarks;

/// <summary>What is to be reached, against what was measured in the same run.</summary>
/// <param name="Ours">Microseconds, a number of failures, or a share.</param>
/// <param name="Limit">What <paramref name="Ours"/> must not exceed, or must reach.</param>
/// <param name="AtLeast">True: the limit is to be reached.</param>
internal sealed record Aim(string Name, double Ours, double Limit, bool AtLeast = false)
{
    public bool Met => AtLeast ? Ours >= Limit : Ours <= Limit;
}
