namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// The value of the claim <c>acr</c>: how well the signer was authenticated, in the words of eIDAS
/// (Implementing Regulation 2015/1502), in rising order.
/// </summary>
public static class AssuranceLevel
{
    /// <summary>Two things the signer knows (password and PIN).</summary>
    public const string Low = "low";

    /// <summary>Two factors of different kinds.</summary>
    public const string Substantial = "substantial";

    /// <summary>A device key of the signer took part.</summary>
    public const string High = "high";

    private static readonly string[] Order = [Low, Substantial, High];

    /// <summary>True when <paramref name="reached"/> is a known level that is not below <paramref name="demanded"/>.</summary>
    public static bool Satisfies(string reached, string demanded)
    {
        int have = Array.IndexOf(Order, reached);
        int need = Array.IndexOf(Order, demanded);
        return have >= 0 && need >= 0 && have >= need;
    }
}
