using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// Sees to it that there is one worker in use, and keeps what outlives each of them. One thread alone starts and changes workers;
/// <see cref="SupervisedHsm"/> tells by what rules.
/// </summary>
internal sealed class WorkerSupervisor : IDisposable
{
    private readonly SupervisionSettings _settings;
    private readonly Thread _thread;
    private readonly ITimer _watch;
    private readonly WorkerTroubles _troubles;
    private readonly object _gate = new();
    private readonly List<HsmWorker> _alive = [];
    private HsmWorker? _current;
    private Exception? _failure;
    private string _reason = "start";
    private long _generation;
    private int _token;
    private bool _isFirstOver;
    private bool _isStopping;

    public WorkerSupervisor(SupervisionSettings settings)
    {
        _settings = settings;
        _troubles = new WorkerTroubles(settings.Clock, tokens: 1 + settings.Token.Standby.Count);
        _thread = new Thread(Supervise) { IsBackground = true, Name = "hsm worker supervisor" };
        TimeSpan period = TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerSecond, settings.Deadline.Ticks / 4));
        _watch = settings.Clock.CreateTimer(_ => Watch(), null, period, period);
    }

    /// <summary>What it throws keeps a successor from any use.</summary>
    public Action<IHsm> Prove { get; set; } = _ => { };

    public long LoginGeneration => Interlocked.Read(ref _generation);

    /// <summary>Which of the tokens is in use: 0 is the first one.</summary>
    public int Token => Volatile.Read(ref _token);

    /// <summary>Resident memory of the worker in use; 0 while there is none.</summary>
    public long ResidentBytes => Volatile.Read(ref _current)?.State?.ResidentBytes ?? 0;

    /// <summary>Workers that took over.</summary>
    public WorkerStarts Starts { get; } = new();

    /// <summary>Starts the first worker and has it log in.</summary>
    /// <exception cref="HsmException">The token is missing, the PIN is wrong, or no worker could be started.</exception>
    public void Start()
    {
        _thread.Start();
        AwaitFirst();
    }

    /// <summary>Nobody is given a worker from now on, and none is started.</summary>
    /// <returns>False when this was said before.</returns>
    public bool TryStop()
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                return false;
            }

            _isStopping = true;
            foreach (HsmWorker starting in _alive.Where(w => w.State is null))
            {
                starting.Kill("end");
            }

            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Waits, once it is told to stop, until every worker has ended.</summary>
    public void Dispose()
    {
        _thread.Join();
        _watch.Dispose();
    }

    /// <summary>The worker in use. While one is being started it is waited for; when the last try failed, its failure is thrown.</summary>
    public HsmWorker AwaitWorker()
    {
        lock (_gate)
        {
            while (true)
            {
                ObjectDisposedException.ThrowIf(_isStopping, typeof(SupervisedHsm));
                if (_current is { IsLost: false } worker)
                {
                    return worker;
                }

                if (_failure is { } failure)
                {
                    throw Again(failure);
                }

                Monitor.Wait(_gate);
            }
        }
    }

    private void AwaitFirst()
    {
        lock (_gate)
        {
            while (!_isFirstOver)
            {
                Monitor.Wait(_gate);
            }

            if (_failure is { } failure)
            {
                throw Again(failure);
            }
        }
    }

    /// <summary>The same failure for each who meets it, with a stack of its own.</summary>
    private static HsmException Again(Exception failure) => failure is HsmException hsm
        ? new HsmException(hsm.Message, hsm.Function, hsm.ReturnValue, hsm)
        : new HsmException($"No HSM worker could be started: {failure.Message}", "hsm-worker", Ckr.DeviceError, failure);

    private void Supervise()
    {
        string? reason = "start";
        while (reason is not null)
        {
            Replace(reason);
            reason = AwaitReason();
        }

        End();
    }

    /// <summary>Why another worker has to be started now; null when this object ends.</summary>
    private string? AwaitReason()
    {
        lock (_gate)
        {
            while (!_isStopping)
            {
                if (DueReason() is { } reason)
                {
                    return reason;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private string? DueReason()
    {
        foreach (HsmWorker ended in (HsmWorker[])[.. _alive.Where(w => w.HasEnded && w != _current)])
        {
            _alive.Remove(ended);
            ended.Dispose();
        }

        if (_troubles.Hopelessness is not null || _troubles.IsWaiting)
        {
            return null;
        }

        if (_current is not { IsLost: false } worker)
        {
            return _reason;
        }

        TimeSpan age = _settings.Clock.GetElapsedTime(worker.Born);
        HsmWorkerOptions limits = _settings.Limits;
        return age < _settings.LeastLife ? null
            : worker.State?.ResidentBytes >> 20 > limits.RecycleAboveMiB ? "memory"
            : worker.Operations >= limits.RecycleAfterOperations ? "operations"
            : age >= limits.RecycleAfter ? "age"
            : null;
    }

    private void Replace(string reason)
    {
        HsmWorker? before = Volatile.Read(ref _current);
        HsmWorker? next = null;
        try
        {
            next = StartWorker();
            next.Open(_token, _troubles.RefusedPins);
            Prove(next);
            TakeOver(next, before, HasHeldOn(before, next), reason);
            _settings.Report(reason, null);
        }
#pragma warning disable CA1031 // Whatever it is, it is told to whoever needs a worker, and the next try is waited for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Abandon(next, e);
            _settings.Report(reason, e);
        }
    }

    private HsmWorker StartWorker()
    {
        IWorkerProcess process = _settings.Start();
        var worker = new HsmWorker(process, _settings.Token, _settings.Clock, OnLost, OnChanged);
        lock (_gate)
        {
            _alive.Add(worker);
            if (_isStopping)
            {
                worker.Kill("end");
            }
        }

        return worker;
    }

    /// <summary>True when the predecessor still has its login at the token at which the successor logged in before this was asked.</summary>
    private static bool HasHeldOn(HsmWorker? before, HsmWorker next)
    {
        if (before is null || before.IsLost)
        {
            return false;
        }

        try
        {
            before.Probe();
            return before.State?.Token == next.State?.Token;
        }
        catch (HsmException)
        {
            return false;
        }
    }

    private void TakeOver(HsmWorker next, HsmWorker? before, bool hasHeldOn, string reason)
    {
        lock (_gate)
        {
            if (!hasHeldOn || _current != before)
            {
                Interlocked.Increment(ref _generation);
            }
            else
            {
                _troubles.Forget();
            }

            _current = next;
            _token = next.State!.Token; // It has answered.
            _failure = null;
            _troubles.LoggedIn();
            _isFirstOver = true;
            Monitor.PulseAll(_gate);
        }

        Starts.Add(reason);
        before?.Retire();
    }

    private void Abandon(HsmWorker? next, Exception failure)
    {
        bool wasLoggingIn = next is { IsLoggingIn: true };
        next?.Kill("end");
        HsmWorker? current;
        lock (_gate)
        {
            _troubles.Add(wasLoggingIn);
            _failure = _troubles.Hopelessness ?? failure;
            _isFirstOver = true;
            current = _current;
            Monitor.PulseAll(_gate);
        }

        if (current is { IsLost: false })
        {
            TellRefusedPins(current);
        }
    }

    /// <summary>The worker that goes on must not try a PIN that its successor was refused.</summary>
    private void TellRefusedPins(HsmWorker worker)
    {
        for (int i = 0; i < _troubles.RefusedPins.Count; i++)
        {
            if (_troubles.RefusedPins[i] is var refused and not 0)
            {
                try
                {
                    worker.RefusePin(i, refused);
                }
                catch (HsmException)
                {
                    // It has ended; its successors know.
                }
            }
        }
    }

    private void OnLost(HsmWorker worker, string reason)
    {
        lock (_gate)
        {
            if (worker != _current)
            {
                return;
            }

            if (_settings.Clock.GetElapsedTime(worker.Born) >= _settings.LeastLife)
            {
                _troubles.Forget();
            }

            _troubles.Add(worker.IsLoggingIn);
            _reason = reason;
            _current = null;
            _failure = _troubles.Hopelessness;
            Monitor.PulseAll(_gate);
        }
    }

    private void OnChanged(HsmWorker worker, WorkerState? before, WorkerState now)
    {
        if (worker == Volatile.Read(ref _current))
        {
            Volatile.Write(ref _token, now.Token);
        }

        if (before is not null && now.LoginGeneration > before.LoginGeneration)
        {
            Interlocked.Add(ref _generation, now.LoginGeneration - before.LoginGeneration);
        }

        _troubles.RefusePins(now.RefusedPins);
    }

    private void Watch()
    {
        HsmWorker[] alive;
        lock (_gate)
        {
            alive = [.. _alive];
        }

        Array.ForEach(alive, w => w.EndOverdue(_settings.Deadline));
        lock (_gate)
        {
            Monitor.PulseAll(_gate); // A limit or the end of a wait may have been reached.
        }
    }

    /// <summary>Every worker ends what it has, as long as the deadline allows, and then itself.</summary>
    private void End()
    {
        HsmWorker[] alive;
        lock (_gate)
        {
            alive = [.. _alive];
        }

        Array.ForEach(alive, w => w.Retire());
        foreach (HsmWorker worker in alive)
        {
            worker.Ended.Wait(_settings.Deadline);
            worker.Dispose();
        }
    }
}
