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
    private readonly SupervisionSettings _settings;
    private readonly WorkerSupervisor _supervisor;
    private readonly FairGate _places;
    private readonly HsmInstruments _instruments;

    private SupervisedHsm(SupervisionSettings settings)
    {
        _settings = settings;
        _supervisor = new WorkerSupervisor(settings);
        _places = new FairGate(settings.Token.MaxSessions);
        _instruments = new HsmInstruments(this, _places, () => LoginGeneration);
        Meter.CreateObservableCounter(
            "remotesigning.hsm.worker.starts", _supervisor.Starts.Measure, "{worker}", "HSM workers that took over, by the reason.");
        Meter.CreateObservableUpDownCounter(
            "remotesigning.hsm.worker.memory", () => _supervisor.ResidentBytes, "By", "Resident memory of the HSM worker in use.");
    }

    /// <summary>Proves that a successor's token holds the right keys; what it throws keeps the successor from any use.</summary>
    public Action<IHsm> Prove
    {
        get => _supervisor.Prove;
        set => _supervisor.Prove = value;
    }

    /// <inheritdoc/>
    public override long LoginGeneration => _supervisor.LoginGeneration;

    /// <inheritdoc/>
    public override string TokenLabel =>
        _supervisor.Token is var token and > 0 ? _settings.Token.Standby[token - 1].TokenLabel : _settings.Token.TokenLabel;

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
            hsm._supervisor.Start();
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
        if (!_supervisor.TryStop())
        {
            return;
        }

        _places.Close();
        _supervisor.Dispose();
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
            HsmWorker worker = _supervisor.AwaitWorker();
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
}
