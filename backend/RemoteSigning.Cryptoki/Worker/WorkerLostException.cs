namespace RemoteSigning.Cryptoki.Worker;

/// <summary>The worker ended, or said what no worker says, before it answered.</summary>
internal sealed class WorkerLostException(string message, Exception? cause = null) : Exception(message, cause);
