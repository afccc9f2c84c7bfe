namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>A place where programs of the same user connect; disposing it removes the place.</summary>
public interface ILocalListener : IDisposable
{
    /// <summary>The next connection of this user; those of others are closed without a word and logged.</summary>
    Task<LocalConnection> AcceptAsync(CancellationToken cancellation);
}
