using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>POST /sam/v1/peers/$body/retire</c> and <c>…/reinstate</c>, for operators: whether the others go on without a node.
/// </summary>
internal sealed class StandingEndpoint(FloorList floors, Membership members, Heartbeats beats, KeyFloors everywhere, HsmThreads threads)
{
    /// <summary>The node counts no more; the others hear of it with their next heartbeat, and so does it.</summary>
    public async Task<Answer> RetireAsync(SamRequest request)
    {
        string peer = await ReadAsync(request);
        if (!members.IsRetired(peer))
        {
            // Here only: the others may be away as well. Each of them learns it from whoever knows.
            await threads.RunAsync(() =>
            {
                floors.Store(Membership.NameOf(peer), new FloorEntry(members.Turn(peer) + 1, 0, default));
                return true;
            });
        }

        return Answer(peer);
    }

    /// <summary>The node counts again. It has to have all entries that are here, and serves when it has compared its list once more.</summary>
    public async Task<Answer> ReinstateAsync(SamRequest request)
    {
        string peer = await ReadAsync(request);
        int turn = members.Turn(peer);
        if (int.IsOddInteger(turn))
        {
            await beats.BeatAsync();
            if (beats.TroubleWith(peer).Length > 0 || beats.StateOf(peer)?.Floors.HoldsTheSameAs(floors.Summary) != true)
            {
                throw Refusals.Create(ProblemCodes.Conflict, $"{peer} is not heard, or its floor list is not the same as ours yet");
            }

            turn++;
        }

        if (turn > 0)
        {
            await everywhere.StoreAsync(Membership.NameOf(peer), new FloorEntry(turn, 0, default));
        }

        return Answer(peer);
    }

    private async Task<string> ReadAsync(SamRequest request)
    {
        PeerStandingRequest asked = await request.ReadAsync(StrictJson.Sam.PeerStandingRequest);
        request.Draft.Note = asked.Peer;
        return members.Peers.Contains(asked.Peer)
            ? asked.Peer
            : throw Refusals.Create(ProblemCodes.NotFound, $"the configuration has no peer {asked.Peer}");
    }

    private Answer Answer(string peer) => Api.Answer.Create(
        StatusCodes.Status200OK,
        StrictJson.Sam.PeerStanding,
        proof => new PeerStanding(peer, members.IsRetired(peer) ? PeerStanding.Retired : PeerStanding.InService, proof));
}
