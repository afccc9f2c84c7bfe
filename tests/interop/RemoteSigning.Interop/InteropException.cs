namespace RemoteSigning.Interop;

/// <summary>A program did not do what it should have.</summary>
internal sealed class InteropException(string message) : Exception(message);
