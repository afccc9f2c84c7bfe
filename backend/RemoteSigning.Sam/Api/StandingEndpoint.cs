using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>POST /sam/v1/peers/$body/retire</c> and <c>…/reinstate</c>, for operators: whether the others go on without a node. Under dual
/// control a second operator approves a retirement; the request then names the turn that it begins, so an approval is good once.
/// </summary>
internal sealed class StandingEndpoint(
    FloorList floors,
    Membership members,
    Heartbeats beats,
    KeyFloors everywhere,
    HsmThreads threads,
    Infrastructure infrastructure,
    TimeProvider clock)
{
    /// <summary>The node counts no more; the others hear of it with their next heartbeat, and so does it.</summary>
    public async Task<Answer> RetireAsync(SamRequest request)
    {
        byte[] body = await request.ReadBytesAsync();
        PeerStandingRequest asked = Read(request, body);
        string peer = asked.Peer;
        if (!members.IsRetired(peer))
        {
            request.Draft.Approver = Approve(request, body, asked);
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
        string peer = Read(request, await request.ReadBytesAsync()).Peer;
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

    /// <summary>An approval that is there must be good, even where none is needed.</summary>
    /// <returns>The approving operator, or null.</returns>
    private string? Approve(SamRequest request, byte[] body, PeerStandingRequest asked)
    {
        bool isThere = request.Http.Request.Headers.ContainsKey(Approval.HeaderName);
        if (!isThere && !request.Configuration.Static.DualControl)
        {
            return null;
        }

        int turn = members.Turn(asked.Peer) + 1;
        if (!isThere || asked.Turn != turn)
        {
            throw Refusals.Tell(
                isThere ? ProblemCodes.ApprovalInvalid : ProblemCodes.ApprovalRequired,
                $"A second operator must approve this (header {Approval.HeaderName}), as it retires {asked.Peer}; the request names \"turn\": {turn}.");
        }

        string compact = request.Header(Approval.HeaderName)
            ?? throw Refusals.Tell(ProblemCodes.ApprovalInvalid, $"There must be one {Approval.HeaderName} header.");
        return new Approval(request.Configuration.Registry, infrastructure.Fingerprint, clock, Approval.RetirePeerType)
            .Check(compact, body, request.Caller.Id);
    }

    private PeerStandingRequest Read(SamRequest request, byte[] body)
    {
        PeerStandingRequest asked = JsonSerializer.Deserialize(body, StrictJson.Sam.PeerStandingRequest) ?? throw new JsonException("null");
        request.Draft.Note = asked.Peer;
        return members.Peers.Contains(asked.Peer)
            ? asked
            : throw Refusals.Create(ProblemCodes.NotFound, $"the configuration has no peer {asked.Peer}");
    }

    private Answer Answer(string peer) => Api.Answer.Create(
        StatusCodes.Status200OK,
        StrictJson.Sam.PeerStanding,
        proof => new PeerStanding(peer, members.IsRetired(peer) ? PeerStanding.Retired : PeerStanding.InService, proof));
}
