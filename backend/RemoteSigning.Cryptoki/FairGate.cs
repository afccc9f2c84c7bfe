namespace RemoteSigning.Cryptoki;

/// <summary>Lets a number of callers in at a time; the others enter in the order of their coming.</summary>
internal sealed class FairGate(int places)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiters = new();
    private int _free = places;
    private bool _closed;

    public int Places { get; } = places;

    /// <summary>How many are in.</summary>
    public int Inside
    {
        get
        {
            lock (_lock)
            {
                return Places - _free;
            }
        }
    }

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

        ObjectDisposedException.ThrowIf(!waiter.Await(), typeof(Hsm));
    }

    /// <summary>Hands the place to whoever has waited longest.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiters.TryDequeue(out Waiter? next))
            {
                next.Answer(mayEnter: true);
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
                waiter.Answer(mayEnter: false);
            }
        }
    }

    private sealed class Waiter
    {
        private bool? _mayEnter;

        public bool Await()
        {
            lock (this)
            {
                while (_mayEnter is null)
                {
                    Monitor.Wait(this);
                }

                return _mayEnter.Value;
            }
        }

        public void Answer(bool mayEnter)
        {
            lock (this)
            {
                _mayEnter = mayEnter;
                Monitor.Pulse(this);
            }
        }
    }
}
