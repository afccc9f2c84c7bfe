namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>What came in is not a frame, or its payload is not what its verb wants. It ends the connection.</summary>
internal sealed class FrameException(string message) : Exception(message);
