using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>One worker, from its start to its end.</summary>
internal sealed class HsmWorker : RemoteHsm
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly IWorkerProcess _process;
    private readonly WorkerConnection _connection;
    private readonly TimeProvider _clock;
    private readonly HsmOptions _options;
    private string? _killedFor;
    private long _closedSince;

    /// <param name="lost">Runs once, before the operations under way fail; the word says why.</param>
    /// <param name="changed">Runs for each answer with the state of before and the state of now.</param>
    public HsmWorker(
        IWorkerProcess process,
        HsmOptions options,
        TimeProvider clock,
        Action<HsmWorker, string> lost,
        Action<HsmWorker, WorkerState?, WorkerState> changed)
    {
        _process = process;
        _options = options;
        _clock = clock;
        Born = clock.GetTimestamp();
        _connection = new WorkerConnection(process.Requests, process.Answers, clock, reason => lost(this, Volatile.Read(ref _killedFor) ?? reason), Close)
        {
            Changed = (before, now) => changed(this, before, now),
        };
        _ = WatchAsync();
    }

    /// <summary>When it was started, a timestamp.</summary>
    public long Born { get; }

    public bool IsLost => _connection.IsLost;

    public bool HasEnded => _process.Ended.IsCompleted;

    public Task Ended => _process.Ended;

    public bool IsLoggingIn => _connection.IsLoggingIn;

    public long Operations => _connection.Answered;

    public WorkerState? State => _connection.State;

    public override long LoginGeneration => State?.LoginGeneration ?? 0;

    public override string TokenLabel => State is { Token: > 0 } state ? _options.Standby[state.Token - 1].TokenLabel : _options.TokenLabel;

    /// <summary>What it measures is measured by its supervisor.</summary>
    public override Meter Meter => throw new NotSupportedException("A single worker has no meter.");

    /// <summary>Logs in.</summary>
    /// <exception cref="HsmException">The token is missing, the PIN is wrong, or the worker ended.</exception>
    public void Open(int first, IReadOnlyList<uint> refusedPins)
    {
        var body = new MessageWriter();
        new OpenRequest(_options, first, refusedPins).Write(body);
        Run(WorkerVerb.Open, body, static _ => true, name: nameof(Open));
    }

    /// <summary>Has it leave a token alone whose PIN was refused elsewhere.</summary>
    public void RefusePin(int token, uint returnValue) =>
        Run(WorkerVerb.RefusePin, new MessageWriter().Byte((byte)token).Number(returnValue), static _ => true, name: nameof(RefusePin));

    /// <summary>One operation; null when nothing was sent, as the worker takes no more.</summary>
    /// <exception cref="WorkerLostException">It ended, and may or may not have done it.</exception>
    /// <exception cref="HsmException">It did not answer in time.</exception>
    public WorkerFrame? Call(WorkerVerb verb, MessageWriter body) => _connection.Call(verb, body.Body);

    /// <summary>What the answer says; one that says nothing sensible is the worker's end.</summary>
    /// <exception cref="WorkerLostException">It is malformed.</exception>
    public T Read<T>(WorkerFrame answer, Func<MessageReader, T> read)
    {
        try
        {
            return Interpret(answer, read);
        }
        catch (InvalidDataException e)
        {
            Kill("protocol", e);
            throw new WorkerLostException("The HSM worker answered something malformed.", e);
        }
    }

    /// <summary>Lets it end what it has, log out, and end.</summary>
    public void Retire() => _connection.Retire();

    public void Kill(string reason, Exception? cause = null)
    {
        // Before its end, which the thread that reads its answers may be the first to see.
        Interlocked.CompareExchange(ref _killedFor, reason, null);
        _process.Kill();
        _connection.Lose(reason, cause);
    }

    /// <summary>Kills it when an operation takes longer than the deadline, or its end does. Such an operation fails; the others are repeated.</summary>
    public void EndOverdue(TimeSpan deadline)
    {
        if (_connection.FailOverdue(deadline))
        {
            Kill("deadline");
        }

        long closed = Interlocked.Read(ref _closedSince);
        if (closed != 0 && !HasEnded && _clock.GetElapsedTime(closed) > deadline)
        {
            _process.Kill();
        }
    }

    private protected override void Dispose(bool isDisposing)
    {
        Kill("end");
        _process.Dispose();
    }

    private protected override T Run<T>(
        WorkerVerb verb, MessageWriter body, Func<MessageReader, T> read, string? mechanism = null, int count = 1, [CallerMemberName] string name = "")
    {
        try
        {
            WorkerFrame answer = Call(verb, body) ?? throw new WorkerLostException("The HSM worker takes no more.");
            return Read(answer, read);
        }
        catch (WorkerLostException e)
        {
            throw new HsmException(e.Message, "hsm-worker", Ckr.DeviceError, e);
        }
    }

    private void Close()
    {
        Interlocked.Exchange(ref _closedSince, Math.Max(1, _clock.GetTimestamp()));
        try
        {
            _process.Requests.Dispose();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    private async Task WatchAsync()
    {
        await _process.Ended;
        if (_connection.HasCalls)
        {
            // Its last words may not have been read yet, and one of them may be that a PIN was refused: whoever reads comes to their end. Only when the
            // module has left a process behind that holds the stream open, he does not.
            await Task.Delay(LastWords);
        }

        _connection.Lose("crash");
    }
}
