namespace RemoteSigning.Sandbox;

/// <summary>A failure told to the person at the terminal: what, why, and what to do.</summary>
public sealed class SandboxException(string message, Exception? cause = null) : Exception(message, cause);
