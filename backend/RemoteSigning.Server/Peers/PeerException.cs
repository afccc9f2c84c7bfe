using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Server.Peers;

/// <summary>A request to another process of ours that did not succeed.</summary>
internal sealed class PeerException(
    string peer, PeerOutcome outcome, Problem problem, string code, string text, LogProof? evidence = null, Exception? cause = null)
    : Exception(text, cause)
{
    public string Peer { get; } = peer;

    public PeerOutcome Outcome { get; } = outcome;

    public Problem Problem { get; } = problem;

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string Code { get; } = code;

    /// <summary>When coming again may help; null when the peer did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The SAM's proof that its refusal is in its log.</summary>
    public LogProof? Evidence { get; } = evidence;

    /// <summary>The peer answered, but what it answered cannot be believed.</summary>
    public static PeerException Unbelievable(string peer, string text) =>
        new(peer, PeerOutcome.Unknown, Problem.Internal, ProblemCodes.IntegrityError, text);
}
