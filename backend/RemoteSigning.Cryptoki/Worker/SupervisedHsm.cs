using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// A token in a process of its own, for modules that leak or crash: this process never loads the module.
/// <para>
/// By plan, a successor logs in and is proved while its predecessor serves, takes the new operations, and the predecessor ends what it has and then
/// itself: nothing fails. When the worker ends otherwise, or hangs, a successor takes its place and what was under way is repeated there, once.
/// </para>
/// <para>
/// <see cref="IHsm.LoginGeneration"/> rises with a loss. It does not with a planned change in which the predecessor still had its login at the same token
/// after the successor had its own: at no moment was there none, so nothing can have happened to the token unseen.
/// </para>
/// A refused PIN is never tried again, by no worker.
/// </summary>
public sealed class SupervisedHsm : RemoteHsm
{
    private const int MostUnknownLogins = 3;

    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);

    private readonly SupervisionSettings _settings;
    private readonly FairGate _places;
    private readonly HsmInstruments _instruments;
    private readonly WorkerStarts _starts = new();
    private readonly Thread _thread;
    private readonly ITimer _watch;
    private readonly uint[] _refusedPins;
    private readonly object _gate = new();
    private readonly List<HsmWorker> _alive = [];
    private HsmWorker? _current;
    private Exception? _failure;
    private string _reason = "start";
    private long _generation;
    private int _token;
    private int _troubles;
    private int _unknownLogins;
    private long _since;
    private TimeSpan _wait;
    private bool _isFirstOver;
    private bool _isStopping;

    private SupervisedHsm(SupervisionSettings settings)
    {
        _settings = settings;
        _refusedPins = new uint[1 + settings.Token.Standby.Count];
        _places = new FairGate(settings.Token.MaxSessions);
        _instruments = new HsmInstruments(this, _places, () => LoginGeneration);
        Meter.CreateObservableCounter("remotesigning.hsm.worker.starts", _starts.Measure, "{worker}", "HSM workers that took over, by the reason.");
        Meter.CreateObservableUpDownCounter(
            "remotesigning.hsm.worker.memory", () => Volatile.Read(ref _current)?.State?.ResidentBytes ?? 0, "By", "Resident memory of the HSM worker in use.");
        _thread = new Thread(Supervise) { IsBackground = true, Name = "hsm worker supervisor" };
        TimeSpan period = TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerSecond, settings.Deadline.Ticks / 4));
        _watch = settings.Clock.CreateTimer(_ => Watch(), null, period, period);
    }

    /// <summary>Proves that a successor's token holds the right keys; what it throws keeps the successor from any use.</summary>
    public Action<IHsm> Prove { get; set; } = _ => { };

    /// <inheritdoc/>
    public override long LoginGeneration => Interlocked.Read(ref _generation);

    /// <inheritdoc/>
    public override string TokenLabel =>
        Volatile.Read(ref _token) is var token and > 0 ? _settings.Token.Standby[token - 1].TokenLabel : _settings.Token.TokenLabel;

    /// <inheritdoc/>
    public override Meter Meter => _instruments.Meter;

    /// <summary>Starts the first worker and has it log in.</summary>
    /// <exception cref="HsmException">The token is missing, the PIN is wrong, or no worker could be started.</exception>
    public static SupervisedHsm Open(SupervisionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(settings.Token.Standby.Count, WorkerState.MostTokens);
        var hsm = new SupervisedHsm(settings);
        try
        {
            hsm._thread.Start();
            hsm.AwaitFirst();
            return hsm;
        }
        catch
        {
            hsm.Dispose();
            throw;
        }
    }

    private protected override void Dispose(bool isDisposing)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                return;
            }

            _isStopping = true;
            foreach (HsmWorker starting in _alive.Where(w => w.State is null))
            {
                starting.Kill("end");
            }

            Monitor.PulseAll(_gate);
        }

        _places.Close();
        _thread.Join();
        _watch.Dispose();
        _instruments.Dispose();
    }

    private protected override T Run<T>(
        WorkerVerb verb, MessageWriter body, Func<MessageReader, T> read, string? mechanism = null, int count = 1, [CallerMemberName] string name = "")
    {
        using Activity? span = HsmInstruments.Start(name, mechanism, count);
        _places.Enter();
        long begun = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            return RunTwiceAtMost(verb, body, read);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            _places.Leave();
            _instruments.End(name, span, begun, failure);
        }
    }

    private T RunTwiceAtMost<T>(WorkerVerb verb, MessageWriter body, Func<MessageReader, T> read)
    {
        bool isSecond = false;
        while (true)
        {
            HsmWorker worker = AwaitWorker();
            try
            {
                if (worker.Call(verb, body) is { } answer)
                {
                    return worker.Read(answer, read);
                }
            }
            catch (WorkerLostException e)
            {
                if (isSecond)
                {
                    throw new HsmException($"{e.Message} It was the second worker for one operation.", "hsm-worker", Ckr.DeviceError, e);
                }

                isSecond = true;
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

    /// <summary>The worker in use. While one is being started it is waited for; when the last try failed, its failure is thrown.</summary>
    private HsmWorker AwaitWorker()
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

        if (Hopelessness() is not null || _settings.Clock.GetElapsedTime(_since) < _wait)
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

    /// <summary>Not null when every token's PIN was refused, or may have been too often: a further try could lock it.</summary>
    private HsmException? Hopelessness() =>
        Array.TrueForAll(_refusedPins, p => p != 0) ? new HsmException("C_Login", _refusedPins[0])
        : _unknownLogins >= MostUnknownLogins ? new HsmException(
            $"{MostUnknownLogins} HSM workers ended while they logged in, so a PIN may have been refused as often: look at the token before the next start.",
            "C_Login",
            Ckr.DeviceError)
        : null;

    private void Replace(string reason)
    {
        HsmWorker? before = Volatile.Read(ref _current);
        HsmWorker? next = null;
        try
        {
            next = StartWorker();
            next.Open(_token, _refusedPins);
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
                _troubles = 0;
            }

            _current = next;
            _token = next.State!.Token; // It has answered.
            _failure = null;
            _unknownLogins = 0;
            _wait = TimeSpan.Zero;
            _isFirstOver = true;
            Monitor.PulseAll(_gate);
        }

        _starts.Add(reason);
        before?.Retire();
    }

    private void Abandon(HsmWorker? next, Exception failure)
    {
        bool wasLoggingIn = next is { IsLoggingIn: true };
        next?.Kill("end");
        HsmWorker? current;
        lock (_gate)
        {
            _unknownLogins += wasLoggingIn ? 1 : 0;
            _failure = Hopelessness() ?? failure;
            BackOff();
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
        for (int i = 0; i < _refusedPins.Length; i++)
        {
            if (_refusedPins[i] is var refused and not 0)
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

    private void BackOff()
    {
        _since = _settings.Clock.GetTimestamp();
        _wait = _troubles == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(1 << Math.Min(_troubles - 1, 10), LongestBackoff.TotalSeconds));
        _troubles++;
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
                _troubles = 0;
            }

            _unknownLogins += worker.IsLoggingIn ? 1 : 0;
            _reason = reason;
            _current = null;
            _failure = Hopelessness();
            BackOff();
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

        for (int i = 0; i < Math.Min(now.RefusedPins.Count, _refusedPins.Length); i++)
        {
            Interlocked.CompareExchange(ref _refusedPins[i], now.RefusedPins[i], 0);
        }
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
