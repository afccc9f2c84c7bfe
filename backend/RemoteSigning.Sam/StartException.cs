namespace RemoteSigning.Sam;

/// <summary>A command cannot go on. The message says for the operator which step failed, why, and what to do.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
