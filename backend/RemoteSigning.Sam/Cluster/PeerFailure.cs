namespace RemoteSigning.Sam.Cluster;

/// <summary>A peer did not do what it was asked, or nobody knows.</summary>
/// <param name="code">Of its refusal, one of <see cref="Contracts.ProblemCodes"/>; null when none was read.</param>
internal sealed class PeerFailure(string peer, string text, string? code, Exception? cause = null) : Exception(text, cause)
{
    public string Peer { get; } = peer;

    public string? Code { get; } = code;
}
