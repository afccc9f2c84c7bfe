using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// Whether all nodes in service have the same newest generation of the key-encryption key. Until then a key that is moved to it could be
/// used at some of them only, and a node that is behind would say that there is nothing to move.
/// </summary>
/// <param name="own">This node's newest generation.</param>
internal sealed class ClusterGeneration(int own, Membership members, Heartbeats beats)
{
    /// <exception cref="ProblemException">They have not; its text names the node.</exception>
    public void Demand()
    {
        foreach (string peer in members.Peers.Where(p => !members.IsRetired(p)))
        {
            if (beats.StateOf(peer)?.Generation is var other && other != own)
            {
                throw Refusals.Tell(
                    ProblemCodes.ServiceUnavailable,
                    $"{peer} has generation {other?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(unknown)"} of the key-encryption key, "
                    + $"{members.Self} has {own}: bring all nodes the same sam_infrastructure.json.");
            }
        }
    }
}
