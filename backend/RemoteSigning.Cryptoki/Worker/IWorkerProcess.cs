namespace RemoteSigning.Cryptoki.Worker;

/// <summary>A worker that was started: what its supervisor has of it.</summary>
public interface IWorkerProcess : IDisposable
{
    /// <summary>Where it reads requests. Their end tells it to log out and end.</summary>
    Stream Requests { get; }

    /// <summary>Where it writes answers.</summary>
    Stream Answers { get; }

    /// <summary>Completes when it has ended, in whatever way.</summary>
    Task Ended { get; }

    /// <summary>Ends it at once, whatever it does.</summary>
    void Kill();
}
