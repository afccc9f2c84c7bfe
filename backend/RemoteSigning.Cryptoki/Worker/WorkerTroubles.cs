using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// What went wrong with workers so far, and so how long to wait before the next one, or whether there may be none. One thread at a time, but PINs
/// are refused by any.
/// </summary>
internal sealed class WorkerTroubles(TimeProvider clock, int tokens)
{
    private const int MostUnknownLogins = 3;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);

    private readonly uint[] _refusedPins = new uint[tokens];
    private int _troubles;
    private int _unknownLogins;
    private long _since;
    private TimeSpan _wait;

    /// <summary>For each token what C_Login said when it refused the PIN; 0 where it did not.</summary>
    public IReadOnlyList<uint> RefusedPins => _refusedPins;

    /// <summary>Too early for another worker.</summary>
    public bool IsWaiting => clock.GetElapsedTime(_since) < _wait;

    /// <summary>Not null when every token's PIN was refused, or may have been too often: a further try could lock it.</summary>
    public HsmException? Hopelessness =>
        Array.TrueForAll(_refusedPins, p => p != 0) ? new HsmException("C_Login", _refusedPins[0])
        : _unknownLogins >= MostUnknownLogins ? new HsmException(
            $"{MostUnknownLogins} HSM workers ended while they logged in, so a PIN may have been refused as often: look at the token before the next start.",
            "C_Login",
            Ckr.DeviceError)
        : null;

    /// <summary>One more: the first is followed by another worker at once, the others after longer and longer.</summary>
    /// <param name="wasLoggingIn">The worker ended while it logged in.</param>
    public void Add(bool wasLoggingIn)
    {
        _unknownLogins += wasLoggingIn ? 1 : 0;
        _since = clock.GetTimestamp();
        _wait = _troubles == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(1 << Math.Min(_troubles - 1, 10), LongestBackoff.TotalSeconds));
        _troubles++;
    }

    /// <summary>Adds to what is known; the first answer stands.</summary>
    public void RefusePins(IReadOnlyList<uint> refused)
    {
        for (int i = 0; i < Math.Min(refused.Count, _refusedPins.Length); i++)
        {
            Interlocked.CompareExchange(ref _refusedPins[i], refused[i], 0);
        }
    }

    /// <summary>A worker has logged in: what its predecessors were told is known now.</summary>
    public void LoggedIn()
    {
        _unknownLogins = 0;
        _wait = TimeSpan.Zero;
    }

    /// <summary>A worker has lived as it should.</summary>
    public void Forget() => _troubles = 0;
}
