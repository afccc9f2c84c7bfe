namespace RemoteSigning.Pki;

/// <summary>A command cannot do what it is asked to; the message tells an operator why and what to do.</summary>
internal sealed class CommandException(string message, Exception? cause = null) : Exception(message, cause);
