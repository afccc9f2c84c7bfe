namespace RemoteSigning.Agent.Core.Card;

/// <summary>
/// The card's contents, kept so that reading the card asks nobody. A certificate expires here by the clock, also when
/// the server cannot be asked. Generations begin at the time of the start (in
/// milliseconds): so they rise across restarts too, and a shim never takes a new agent's list for the old one's.
/// </summary>
internal sealed class CardContents(TimeProvider clock)
{
    /// <summary>Timers stand still while the computer sleeps, so none is trusted for longer.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private CardSnapshot _current = new((ulong)clock.GetUtcNow().ToUnixTimeMilliseconds(), false, []);
    private TaskCompletionSource _changed = NewSignal();

    public CardSnapshot Current
    {
        get
        {
            lock (_lock)
            {
                Expire();
                return _current;
            }
        }
    }

    /// <summary>Takes over new contents; the generation rises if anything differs.</summary>
    public void Publish(bool signedIn, IReadOnlyList<Credential> credentials)
    {
        lock (_lock)
        {
            DateTimeOffset now = clock.GetUtcNow();
            IReadOnlyList<Credential> present = [.. credentials.Select(c => c.At(now))];
            bool same = _current.SignedIn == signedIn
                && _current.Credentials.Select(c => c.Fingerprint).SequenceEqual(present.Select(c => c.Fingerprint));
            if (same)
            {
                return;
            }

            _current = new CardSnapshot(_current.Generation + 1, signedIn, present);
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    /// <summary>Until <paramref name="stopping"/>: has those who wait see at once when a certificate expires.</summary>
    public async Task WatchAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Task changed;
            TimeSpan pause = LongestPause;
            lock (_lock)
            {
                Expire();
                changed = _changed.Task;
                if (NextExpiry() is { } next && next - clock.GetUtcNow() < pause)
                {
                    // The first moment after it that timers can name.
                    pause = TimeSpan.FromMilliseconds(Math.Floor((next - clock.GetUtcNow()).TotalMilliseconds) + 1);
                }
            }

            await changed.WaitAsync(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The generation, as soon as it is not <paramref name="known"/>.</summary>
    public async Task<ulong> WaitAsync(ulong known, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                Expire();
                if (_current.Generation != known)
                {
                    return _current.Generation;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>With the lock held.</summary>
    private void Expire()
    {
        if (NextExpiry() < clock.GetUtcNow())
        {
            Publish(_current.SignedIn, _current.Credentials);
        }
    }

    private DateTimeOffset? NextExpiry() => _current.Credentials.Where(c => c.Unusable is null).Min(c => (DateTimeOffset?)c.NotAfter);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
