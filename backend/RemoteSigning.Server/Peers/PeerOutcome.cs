namespace RemoteSigning.Server.Peers;

/// <summary>What is known about a request to another process that did not succeed.</summary>
internal enum PeerOutcome
{
    /// <summary>No connection could be made: nothing has happened there.</summary>
    NotSent,

    /// <summary>The peer refused it in a problem document.</summary>
    Refused,

    /// <summary>It left, and no answer that could be understood came: it may have been done.</summary>
    Unknown,
}
