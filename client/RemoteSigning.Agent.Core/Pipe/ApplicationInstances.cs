namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// The login states of the card, each belonging to (peer user, application instance); one ends with the last
/// connection of its instance.
/// </summary>
internal sealed class ApplicationInstances
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ApplicationInstance> _instances = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _instances.Count;
            }
        }
    }

    public static string Key(Peer peer, byte[] instance) => $"{peer.User}/{Convert.ToHexString(instance)}";

    public ApplicationInstance Join(string key)
    {
        lock (_lock)
        {
            if (!_instances.TryGetValue(key, out ApplicationInstance? instance))
            {
                _instances[key] = instance = new ApplicationInstance();
            }

            instance.Connections++;
            return instance;
        }
    }

    public void Leave(string key)
    {
        lock (_lock)
        {
            ApplicationInstance instance = _instances[key];
            if (--instance.Connections == 0)
            {
                _instances.Remove(key);
                instance.End();
            }
        }
    }

    /// <summary>Ends every login: the agent has been signed out.</summary>
    public void LogOutAll()
    {
        lock (_lock)
        {
            foreach (ApplicationInstance instance in _instances.Values)
            {
                instance.LogOut();
            }
        }
    }
}
