namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// What differs between operating systems: how programs of one user meet, and which files only their owner may open.
/// </summary>
public interface ILocalSystem
{
    /// <summary>Where shims look for the card when nobody says otherwise.</summary>
    string DefaultSocket { get; }

    /// <summary>How many files, sockets included, this process may have open at once.</summary>
    ulong DescriptorLimit { get; }

    /// <summary>Where the agent that serves the card at <paramref name="cardSocket"/> takes commands.</summary>
    string ControlSocket(string cardSocket);

    /// <summary>Takes the place, also that of a dead agent; makes the folder when it is missing. Nobody can connect before the first accept.</summary>
    /// <exception cref="Contracts.ProblemException">Another agent lives there, or others could get in.</exception>
    ILocalListener Listen(string path);

    /// <summary>Connects to an agent of the same user.</summary>
    /// <exception cref="Contracts.ProblemException">Nobody listens there, or somebody else.</exception>
    Task<Stream> ConnectAsync(string path, CancellationToken cancellation);

    /// <summary>Refuses a file with a secret that others may open.</summary>
    /// <exception cref="Contracts.ProblemException">Others may open it.</exception>
    void CheckOwnerOnly(string path);
}
