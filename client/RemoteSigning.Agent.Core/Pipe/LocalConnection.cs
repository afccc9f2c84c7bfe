namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>An accepted connection and who made it.</summary>
public sealed record LocalConnection(Stream Stream, Peer Peer);
