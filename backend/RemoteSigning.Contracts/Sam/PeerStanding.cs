using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary>How a node of the cluster stands: <see cref="InService"/> or <see cref="Retired"/>.</summary>
public sealed record PeerStanding(string Peer, string Standing, LogProof? Audit = null)
{
    public const string InService = "in_service";

    public const string Retired = "retired";
}
