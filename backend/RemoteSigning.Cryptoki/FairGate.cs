namespace RemoteSigning.Cryptoki;

/// <summary>Lets a number of callers in at a time; the others enter in the order of their coming.</summary>
internal sealed class FairGate(int places)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiters = new();
    private int _free = places;
    private bool _closed;

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <exception cref="ObjectDisposedException">The gate was closed, before or while waiting.</exception>
    public void Enter()
    {
        Waiter waiter;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Hsm));
            if (_free > 0)
            {
                _free--;
                return;
            }

            waiter = new Waiter();
            _waiters.Enqueue(waiter);
        }

        using (waiter)
        {
            waiter.Called.Wait();
            ObjectDisposedException.ThrowIf(waiter.IsRefused, typeof(Hsm));
        }
    }

    /// <summary>Hands the place to whoever has waited longest.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiters.TryDequeue(out Waiter? next))
            {
                next.Called.Set();
            }
            else
            {
                _free++;
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            while (_waiters.TryDequeue(out Waiter? waiter))
            {
                waiter.IsRefused = true;
                waiter.Called.Set();
            }
        }
    }

    private sealed class Waiter : IDisposable
    {
        public ManualResetEventSlim Called { get; } = new();

        public bool IsRefused { get; set; }

        public void Dispose() => Called.Dispose();
    }
}
