namespace RemoteSigning.Sam;

/// <summary>Why a request was refused, in words for an auditor; never sent to the caller.</summary>
internal sealed class RefusalReason(string message, Exception? cause) : Exception(message, cause);
