using System.Diagnostics.CodeAnalysis;

namespace RemoteSigning.Sam;

/// <summary>
/// Hands items in their order to threads that sleep until there is one. Unlike the collections of .NET it never spins: on a
/// machine whose processors the HSM or the disk keep busy, spinning takes away the very time that is waited for.
/// </summary>
internal sealed class BlockingQueue<T>(int most)
{
    private readonly object _gate = new();
    private readonly Queue<T> _items = new();
    private bool _isComplete;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    /// <summary>False when the queue is full.</summary>
    /// <exception cref="ObjectDisposedException">The queue was completed.</exception>
    public bool TryAdd(T item)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isComplete, this);
            if (_items.Count >= most)
            {
                return false;
            }

            _items.Enqueue(item);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Waits for the next item; false when the queue is complete and empty.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            while (_items.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            return _items.TryDequeue(out item);
        }
    }

    /// <summary>Takes the next item only if there is one now that is wanted.</summary>
    public bool TryTakeIf(Func<T, bool> isWanted, [MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            return _items.TryPeek(out item) && isWanted(item) && _items.TryDequeue(out item);
        }
    }

    /// <summary>Takes no more; what is there is still handed out.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }
}
