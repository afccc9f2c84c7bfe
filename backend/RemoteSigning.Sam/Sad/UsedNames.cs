namespace RemoteSigning.Sam.Sad;

/// <summary>
/// Remembers what was used until the steady clock says that it is dead by its time anyway. Not for several threads.
/// </summary>
internal sealed class UsedNames(TimeProvider clock)
{
    private readonly HashSet<(string Scope, string Name)> _used = [];
    private readonly PriorityQueue<(string Scope, string Name), long> _byEnd = new();

    public bool Contains((string Scope, string Name) name) => _used.Contains(name);

    /// <returns>False when it was used already.</returns>
    public bool TryAdd((string Scope, string Name) name, TimeSpan remembered)
    {
        if (!_used.Add(name))
        {
            return false;
        }

        _byEnd.Enqueue(name, clock.GetTimestamp() + (long)(remembered.TotalSeconds * clock.TimestampFrequency));
        return true;
    }

    public void ForgetTheDead()
    {
        long now = clock.GetTimestamp();
        while (_byEnd.TryPeek(out _, out long end) && end < now)
        {
            _used.Remove(_byEnd.Dequeue());
        }
    }

    public void Clear()
    {
        _used.Clear();
        _byEnd.Clear();
    }
}
