namespace RemoteSigning.Cryptoki.Worker;

/// <summary>A request under way, and the thread that waits for its answer.</summary>
/// <param name="since">When it was sent, a timestamp.</param>
internal sealed class WorkerCall(long since)
{
    private WorkerFrame? _answer;
    private Exception? _failure;
    private bool _isToldToRead;

    public long Since { get; } = since;

    /// <summary>The request is on its way as a whole. Guarded by the connection.</summary>
    public bool IsSent { get; set; }

    public bool IsOver
    {
        get
        {
            lock (this)
            {
                return _answer is not null || _failure is not null;
            }
        }
    }

    /// <summary>The answer, or throws what came instead of one.</summary>
    public WorkerFrame Answer => _failure is { } failure ? throw failure : _answer!; // Asked when it is over.

    public void Complete(WorkerFrame answer)
    {
        lock (this)
        {
            _answer = answer;
            Monitor.Pulse(this);
        }
    }

    public void Fail(Exception failure)
    {
        lock (this)
        {
            _failure = failure;
            Monitor.Pulse(this);
        }
    }

    /// <summary>From now on the waiting thread reads the answers of all.</summary>
    public void TellToRead()
    {
        lock (this)
        {
            _isToldToRead = true;
            Monitor.Pulse(this);
        }
    }

    /// <summary>Waits until the call is over, or its thread is told to read.</summary>
    /// <returns>True: it was told to read, even if the call is over as well.</returns>
    public bool Wait()
    {
        lock (this)
        {
            while (_answer is null && _failure is null && !_isToldToRead)
            {
                Monitor.Wait(this);
            }

            return _isToldToRead;
        }
    }
}
