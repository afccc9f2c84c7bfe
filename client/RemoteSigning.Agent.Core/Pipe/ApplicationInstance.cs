namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>One run of a program that uses the card: its login, and the PIN that it gave with it.</summary>
internal sealed class ApplicationInstance
{
    private readonly Lock _lock = new();
    private Secret? _pin;
    private bool _loggedIn;
    private bool _ended;

    /// <summary>Connections that are open; guarded by <see cref="ApplicationInstances"/>.</summary>
    public int Connections { get; set; }

    public bool IsLoggedIn
    {
        get
        {
            lock (_lock)
            {
                return _loggedIn;
            }
        }
    }

    /// <param name="pin">Taken over; null when the login was without one.</param>
    public void LogIn(Secret? pin)
    {
        lock (_lock)
        {
            _pin?.Dispose();
            _loggedIn = !_ended;
            _pin = _ended ? null : pin;
            if (_ended)
            {
                // The program left while its PIN was being checked.
                pin?.Dispose();
            }
        }
    }

    public void LogOut()
    {
        lock (_lock)
        {
            _pin?.Dispose();
            _pin = null;
            _loggedIn = false;
        }
    }

    /// <summary>A copy of the PIN given at the login; null when there is none.</summary>
    public Secret? CopyPin()
    {
        lock (_lock)
        {
            return _pin?.Copy();
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _ended = true;
        }

        LogOut();
    }
}
