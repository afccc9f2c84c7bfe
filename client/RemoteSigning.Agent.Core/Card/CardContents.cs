namespace RemoteSigning.Agent.Core.Card;

/// <summary>
/// The card's contents, kept so that reading the card asks nobody. Generations begin at the time of the start (in
/// milliseconds): so they rise across restarts too, and a shim never takes a new agent's list for the old one's.
/// </summary>
internal sealed class CardContents(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private CardSnapshot _current = new((ulong)clock.GetUtcNow().ToUnixTimeMilliseconds(), false, []);
    private TaskCompletionSource _changed = NewSignal();

    public CardSnapshot Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>Takes over new contents; the generation rises if anything differs.</summary>
    public void Publish(bool signedIn, IReadOnlyList<Credential> credentials)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            bool same = _current.SignedIn == signedIn
                && _current.Credentials.Select(c => c.Fingerprint).SequenceEqual(credentials.Select(c => c.Fingerprint));
            if (same)
            {
                return;
            }

            _current = new CardSnapshot(_current.Generation + 1, signedIn, credentials);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>The generation, as soon as it is not <paramref name="known"/>.</summary>
    public async Task<ulong> WaitAsync(ulong known, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_current.Generation != known)
                {
                    return _current.Generation;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
