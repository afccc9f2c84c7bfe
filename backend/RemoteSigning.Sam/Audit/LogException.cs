namespace RemoteSigning.Sam.Audit;

/// <summary>The log does not verify. The message names the first bad record.</summary>
internal sealed class LogException(string message) : Exception(message);
