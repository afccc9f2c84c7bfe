namespace RemoteSigning.Cryptoki.Worker;

/// <summary>What a token has to know of the logins of other processes, and to tell of its own.</summary>
/// <param name="First">Index of the token to try first.</param>
/// <param name="UnderWay">True before each C_Login, false when it has returned.</param>
internal sealed record LoginWatch(int First, IReadOnlyList<uint> Refused, Action<bool> UnderWay)
{
    private readonly uint[] _refusedPins = [.. Refused];

    /// <summary>For each of the tokens what C_Login said when it refused the PIN; 0 where it did not.</summary>
    public IReadOnlyList<uint> RefusedPins => [.. _refusedPins];

    /// <summary>Notes the end of a login.</summary>
    /// <param name="refused">0 when the PIN was not refused.</param>
    public void Ended(int token, uint refused)
    {
        _refusedPins[token] = refused;
        UnderWay(false);
    }
}
