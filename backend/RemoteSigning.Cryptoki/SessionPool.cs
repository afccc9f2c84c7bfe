using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// The open sessions of one login, and the key handles that are good for all of them. The first session is never rented: a
/// token forgets the login with its last session, and any other may have to be closed. The holder of the
/// module's lock for reading rents and returns; its holder for writing starts and closes.
/// </summary>
internal sealed class SessionPool(CryptokiModule module)
{
    private readonly Lock _idleLock = new();
    private readonly Stack<Session> _idle = new();
    private readonly ConcurrentDictionary<(uint ObjectClass, string Label), CULong> _keys = new();
    private CULong _slot;
    private Session? _anchor;
    private long _epoch = -1;
    private int _openSessions;

    public int OpenSessions => Volatile.Read(ref _openSessions);

    /// <summary>False when the module was started anew since: the handles mean nothing any more.</summary>
    public bool IsOfThisStart => _epoch == module.Epoch;

    /// <summary>Opens the first session on a slot; it is not counted.</summary>
    public Session Start(CULong slot)
    {
        _slot = slot;
        _epoch = module.Epoch;
        _anchor = Session.Open(module.Functions, slot, _keys);
        return _anchor;
    }

    public Session Rent()
    {
        lock (_idleLock)
        {
            if (_idle.TryPop(out Session? session))
            {
                return session;
            }
        }

        return Open();
    }

    public void Return(Session session)
    {
        if (session.IsTainted)
        {
            Close(session);
            return;
        }

        lock (_idleLock)
        {
            _idle.Push(session);
        }
    }

    /// <summary>Opens a session in place of one that is gone; false when the login is gone with it.</summary>
    public bool TryReplaceLost()
    {
        try
        {
            Session other = Open();
            ForgetKeys();
            Return(other);
            return other.IsLoggedIn;
        }
        catch (HsmException)
        {
            return false; // Reconnecting meets the same cause and reports it.
        }
    }

    public void ForgetKeys() => _keys.Clear();

    public void Close(Session session)
    {
        session.Close();
        Interlocked.Decrement(ref _openSessions);
    }

    /// <summary>No operation is under way, so all sessions are idle.</summary>
    public void CloseAll()
    {
        while (_idle.TryPop(out Session? session))
        {
            if (IsOfThisStart)
            {
                session.Close();
            }
        }

        if (IsOfThisStart)
        {
            _anchor?.Close();
        }

        _anchor = null;
        ForgetKeys();
        _openSessions = 0;
    }

    private Session Open()
    {
        var session = Session.Open(module.Functions, _slot, _keys);
        Interlocked.Increment(ref _openSessions);
        return session;
    }
}
