namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Who is at the other end of a connection.</summary>
/// <param name="User">The operating system's name for the user (uid, SID), checked when the connection was accepted.</param>
/// <param name="Program">Path of the program, made fit for a screen. Help for a person, not a boundary.</param>
public sealed record Peer(string User, int ProcessId, string Program);
