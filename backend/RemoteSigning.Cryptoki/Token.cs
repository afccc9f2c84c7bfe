using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using RemoteSigning.Cryptoki.Interop;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki;

/// <summary>What to do with a session that is rented for it alone; may run twice when the first session was lost.</summary>
internal delegate TResult TokenOperation<in TState, out TResult>(Session session, TState state)
    where TState : allows ref struct;

/// <summary>
/// One login to one token, and the pool of its sessions.
/// <para>
/// After a failure that a loss could explain, the session is asked how it is before anything is given up, because the
/// same codes also come from bad input (SoftHSM answers CKR_GENERAL_ERROR to a tampered wrapped key):
/// still there, logged in, token present: the failure is the operation's own, and nobody else notices (a key handle that
/// went stale is looked up again); the session alone is gone: another takes its place, the login lives on; otherwise
/// everything is closed while no operation is under way, the token found again, one login made.
/// </para>
/// <para>
/// Where several tokens hold the same keys, the next one takes over when the one in use cannot be opened again.
/// One <see cref="Token"/> for a token in a process: PKCS#11 logs in whole processes, not sessions.
/// </para>
/// </summary>
internal sealed class Token : IDisposable
{
    private const int MostRuns = 2;

    private readonly TokenCandidate[] _candidates;
    private readonly uint _userType;
    private readonly CryptokiModule _module;
    private readonly FairGate _gate;
    private readonly SessionPool _pool;
    private readonly HsmInstruments _instruments;
    private readonly LoginWatch? _logins;

    // Written while the module is held for writing, read while it is held for reading.
    private long _connection;
    private bool _isConnected;
    private bool _isDisposed;
    private int _current;
    private long _loginGeneration;
    private int _loginAttempts;

    /// <param name="logins">What is known of the logins of other processes; null where there is none.</param>
    public Token(HsmOptions options, IHsm owner, LoginWatch? logins = null)
    {
        _candidates =
        [
            new TokenCandidate(options.TokenLabel, options.PinFile), .. options.Standby.Select(s => new TokenCandidate(s.TokenLabel, s.PinFile)),
        ];
        _logins = logins;
        for (int i = 0; i < logins?.Refused.Count; i++)
        {
            _candidates[i].RefusedPin = logins.Refused[i];
        }

        _current = logins?.First ?? 0;
        _userType = options.UserType;
        _gate = new FairGate(options.MaxSessions);
        _instruments = new HsmInstruments(owner, _gate, () => LoginGeneration);
        _module = CryptokiModule.Acquire(options.Module);
        _pool = new SessionPool(_module);
        try
        {
            Reconnect(lostConnection: 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private enum Outcome
    {
        Done,
        RunAgain,
        ConnectionLost,
    }

    public long LoginGeneration => Volatile.Read(ref _loginGeneration);

    public Meter Meter => _instruments.Meter;

    /// <summary>Calls of C_Login so far.</summary>
    public int LoginAttempts => Volatile.Read(ref _loginAttempts);

    /// <summary>How often sessions were opened from nothing.</summary>
    public long Connections => Volatile.Read(ref _connection);

    public int OpenSessions => _pool.OpenSessions;

    /// <summary>Label of the token in use.</summary>
    public string Label => _candidates[Volatile.Read(ref _current)].Label;

    /// <summary>Which of the tokens is in use: 0 is the first one.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>For each of the tokens what C_Login said when it refused the PIN; 0 where it did not.</summary>
    public IReadOnlyList<uint> RefusedPins => Array.ConvertAll(_candidates, c => c.RefusedPin);

    private bool IsConnected => _isConnected && _pool.IsOfThisStart;

    /// <summary>Runs the operation with a session of its own, and once more if that session or the token was lost.</summary>
    /// <exception cref="HsmException">It failed by itself, or the token did not come back.</exception>
    /// <param name="mechanism">For the span: CKM_… of the signatures that the operation makes; null for none.</param>
    /// <param name="count">For the span: how many signatures.</param>
    /// <param name="name">For span and metrics.</param>
    public TResult Run<TState, TResult>(
        TState state, TokenOperation<TState, TResult> operation, string? mechanism = null, int count = 1, [CallerMemberName] string name = "")
        where TState : allows ref struct
    {
        using Activity? span = HsmInstruments.Start(name, mechanism, count);
        _gate.Enter();
        long begun = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            int runs = 0;
            while (true)
            {
                switch (TryRun(state, operation, ref runs, out TResult? result, out long connection))
                {
                    case Outcome.Done:
                        return result!; // Set whenever the outcome is Done; TResult itself may be a nullable type.
                    case Outcome.ConnectionLost:
                        Reconnect(connection);
                        break;
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            _gate.Leave();
            _instruments.End(name, span, begun, failure);
        }
    }

    /// <summary>Leaves a token alone whose PIN was refused elsewhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public void RefusePin(int candidate, uint returnValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)candidate, (uint)_candidates.Length);
        _module.Use.EnterWriteLock();
        try
        {
            _candidates[candidate].RefusedPin = returnValue;
        }
        finally
        {
            _module.Use.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        _gate.Close();
        _module.Use.EnterWriteLock();
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _isConnected = false;
            _pool.CloseAll();
        }
        finally
        {
            _module.Use.ExitWriteLock();
        }

        _instruments.Dispose();
        _module.Release();
    }

    private Outcome TryRun<TState, TResult>(
        TState state, TokenOperation<TState, TResult> operation, ref int runs, out TResult? result, out long connection)
        where TState : allows ref struct
    {
        result = default;
        Session? session = null;
        _module.Use.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Hsm));
            connection = _connection;
            if (!IsConnected)
            {
                ThrowIfRefused();
                return Outcome.ConnectionLost;
            }

            runs++;
            session = _pool.Rent();
            result = operation(session, state);
            return Outcome.Done;
        }
        catch (HsmException e) when (runs < MostRuns && LossOf.MayBe(e.ReturnValue))
        {
            connection = _connection;
            if (Judge(session, e.ReturnValue) is not { } outcome)
            {
                throw;
            }

            return outcome;
        }
        finally
        {
            if (session is not null)
            {
                _pool.Return(session);
            }

            _module.Use.ExitReadLock();
        }
    }

    /// <summary>Null: the operation failed by itself.</summary>
    private Outcome? Judge(Session? session, ulong returnValue)
    {
        if (session is null || LossOf.Token(returnValue))
        {
            return Outcome.ConnectionLost;
        }

        if (session.State is null)
        {
            session.Abandon();
            return _pool.TryReplaceLost() ? Outcome.RunAgain : Outcome.ConnectionLost;
        }

        if (!session.IsLoggedIn || !session.IsTokenPresent)
        {
            return Outcome.ConnectionLost;
        }

        if (returnValue == Ckr.OperationActive)
        {
            session.Abandon();
            return Outcome.RunAgain;
        }

        if (LossOf.KeyHandle(returnValue))
        {
            _pool.ForgetKeys();
            return Outcome.RunAgain;
        }

        return null;
    }

    private void Reconnect(long lostConnection)
    {
        _module.Use.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Hsm));
            if (IsConnected && _connection != lostConnection)
            {
                return; // Another caller has mended it meanwhile.
            }

            _isConnected = false;
            _pool.CloseAll();
            try
            {
                Connect();
            }
            catch (HsmException e) when (LossOf.MayBe(e.ReturnValue))
            {
                _module.Restart();
                Connect();
            }
        }
        finally
        {
            _module.Use.ExitWriteLock();
        }
    }

    /// <summary>The token that was used last, or else the next one that answers.</summary>
    private void Connect()
    {
        HsmException? failure = null;
        for (int i = 0; i < _candidates.Length; i++)
        {
            int index = (_current + i) % _candidates.Length;
            if (_candidates[index].RefusedPin != 0)
            {
                continue;
            }

            try
            {
                ConnectTo(index);
                _current = index;
                return;
            }
            catch (HsmException e) when (_candidates[index].RefusedPin == 0)
            {
                failure ??= e;
            }
        }

        throw failure ?? RefusedPin();
    }

    private void ConnectTo(int index)
    {
        TokenCandidate candidate = _candidates[index];
        Session session = _pool.Start(_module.FindSlot(candidate.Label));
        try
        {
            if (!session.IsLoggedIn || _loginGeneration == 0)
            {
                _loginAttempts++;
                Login(index, session);
                _loginGeneration++;
            }
        }
        catch
        {
            _pool.CloseAll();
            throw;
        }

        _connection++;
        _isConnected = true;
    }

    private void Login(int index, Session session)
    {
        _logins?.UnderWay(true);
        try
        {
            _candidates[index].Login(session, _userType);
        }
        finally
        {
            _logins?.Ended(index, _candidates[index].RefusedPin);
        }
    }

    /// <summary>A refused PIN may count towards a lock-out: it is never tried again, the first answer stands.</summary>
    private void ThrowIfRefused()
    {
        if (Array.TrueForAll(_candidates, c => c.RefusedPin != 0))
        {
            throw RefusedPin();
        }
    }

    private HsmException RefusedPin() => new("C_Login", _candidates[0].RefusedPin);
}
