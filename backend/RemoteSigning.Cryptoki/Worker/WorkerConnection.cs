using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// The two streams to a worker, with any number of calls under way. There is no thread of its own: one of those that wait for an answer reads
/// for all, and hands this on when its own has come, so that a call alone changes threads nowhere on this side.
/// </summary>
/// <param name="lost">Runs once, before any call fails by it; the word says why.</param>
/// <param name="drained">Runs once, when <see cref="Retire"/> was called and no call is under way: none ever will be.</param>
internal sealed class WorkerConnection(Stream requests, Stream answers, TimeProvider clock, Action<string> lost, Action drained)
{
    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<uint, WorkerCall> _calls = [];
    private uint _lastId;
    private long _answered;
    private bool _hasReader;
    private bool _isRetired;
    private bool _isClosed;
    private volatile Exception? _loss;
    private volatile WorkerState? _state;
    private volatile bool _isLoggingIn;

    /// <summary>As of the newest answer.</summary>
    public WorkerState? State => _state;

    /// <summary>The worker has begun a login and not told its end.</summary>
    public bool IsLoggingIn => _isLoggingIn;

    public bool IsLost => _loss is not null;

    /// <summary>Somebody waits for an answer, so answers are read.</summary>
    public bool HasCalls
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count > 0;
            }
        }
    }

    /// <summary>Calls that were answered.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Runs for each state that differs from the one before, before the answer that brought it is handed out.</summary>
    public Action<WorkerState?, WorkerState> Changed { get; init; } = (_, _) => { };

    /// <summary>One request and its answer.</summary>
    /// <returns>Null: the worker takes no more; nothing was sent.</returns>
    /// <exception cref="WorkerLostException">The worker ended, and may or may not have done it.</exception>
    /// <exception cref="HsmException">It did not answer in time.</exception>
    /// <exception cref="ArgumentException">The request is too long; nothing was sent.</exception>
    public WorkerFrame? Call(WorkerVerb verb, ReadOnlySpan<byte> body)
    {
        var call = new WorkerCall(clock.GetTimestamp());
        uint id;
        lock (_gate)
        {
            if (_isClosed || _loss is not null)
            {
                return null;
            }

            id = NextId();
            _calls.Add(id, call);
        }

        return Await(call, Send(id, call, verb, body));
    }

    /// <summary>No more calls than those under way.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _isRetired = true;
        }

        CloseWhenDrained();
    }

    /// <summary>The worker is gone: each call under way fails so that it can be repeated elsewhere.</summary>
    public void Lose(string reason, Exception? cause = null)
    {
        lock (_gate)
        {
            if (_loss is not null)
            {
                return;
            }

            _loss = new WorkerLostException($"The HSM worker was lost ({reason}).", cause);
        }

        lost(reason);
        FailAll(_ => true, _loss);
        CloseWhenDrained();
    }

    /// <summary>Fails the calls that are older; whoever asks ends the worker then, as they hang in it.</summary>
    /// <returns>True when there was one.</returns>
    public bool FailOverdue(TimeSpan deadline) => FailAll(
        call => clock.GetElapsedTime(call.Since) > deadline,
        new HsmException($"The HSM did not answer for {deadline.TotalSeconds} s.", "hsm-worker", Ckr.DeviceError));

    private uint NextId()
    {
        do
        {
            _lastId = unchecked(_lastId + 1);
        }
        while (_lastId == 0 || _calls.ContainsKey(_lastId));

        return _lastId;
    }

    /// <returns>True: this thread reads the answers.</returns>
    private bool Send(uint id, WorkerCall call, WorkerVerb verb, ReadOnlySpan<byte> body)
    {
        try
        {
            lock (_writing)
            {
                WorkerFrame.Write(requests, id, (byte)verb, body);
            }
        }
        catch (ArgumentException)
        {
            Forget(id);
            throw;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Lose("crash", e);
            return false;
        }

        lock (_gate)
        {
            call.IsSent = true;
            bool reads = !_hasReader && !call.IsOver;
            _hasReader |= reads;
            return reads;
        }
    }

    private WorkerFrame Await(WorkerCall call, bool reads)
    {
        while (true)
        {
            reads = reads || call.Wait();
            if (call.IsOver)
            {
                if (reads)
                {
                    PassReading();
                }

                return call.Answer;
            }

            ReadOne();
        }
    }

    private void PassReading()
    {
        lock (_gate)
        {
            // Only to one whose request has left: a thread that still writes could wait for a worker that waits for us to read.
            WorkerCall? next = _calls.Values.FirstOrDefault(c => c.IsSent);
            _hasReader = next is not null;
            next?.TellToRead();
        }
    }

    private void ReadOne()
    {
        try
        {
            Take(WorkerFrame.Read(answers) ?? throw new EndOfStreamException());
        }
        catch (InvalidDataException e)
        {
            Lose("protocol", e);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Lose("crash", e);
        }
    }

    private void Take(WorkerFrame frame)
    {
        if (frame is { Id: 0, Kind: (byte)WorkerOutcome.Login })
        {
            var login = new MessageReader(frame.Body);
            _isLoggingIn = login.Flag();
            login.End();
            return;
        }

        var reader = new MessageReader(frame.Body);
        Learn(WorkerState.Read(reader));
        WorkerCall? call;
        lock (_gate)
        {
            if (!_calls.Remove(frame.Id, out call))
            {
                throw MessageReader.Malformed($"an answer to {frame.Id}, which was not asked");
            }

            _answered++;
        }

        call.Complete(frame);
        CloseWhenDrained();
    }

    private void Learn(WorkerState state)
    {
        WorkerState? before = _state;
        _state = state;
        Changed(before, state);
    }

    private void Forget(uint id)
    {
        lock (_gate)
        {
            _calls.Remove(id);
        }

        CloseWhenDrained();
    }

    private bool FailAll(Func<WorkerCall, bool> which, Exception failure)
    {
        lock (_gate)
        {
            uint[] ids = [.. _calls.Where(c => which(c.Value)).Select(c => c.Key)];
            foreach (uint id in ids)
            {
                _calls.Remove(id, out WorkerCall? call);
                call!.Fail(failure); // It was there.
            }

            return ids.Length > 0;
        }
    }

    private void CloseWhenDrained()
    {
        lock (_gate)
        {
            if (!_isRetired || _isClosed || _calls.Count > 0)
            {
                return;
            }

            _isClosed = true;
        }

        drained();
    }
}
