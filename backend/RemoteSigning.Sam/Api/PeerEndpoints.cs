using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>The functions for other nodes (<see cref="PeerFunctions"/>). They work from the first moment, as nodes that start together need one another.</summary>
internal sealed class PeerEndpoints(
    PeerSeal seal, FloorList floors, Membership members, Heartbeats beats, PeerHeads heads, Func<string, Task<PeerState>> ownState)
{
    public async Task<Answer> BeatAsync(SamRequest request)
    {
        PeerMessage message = await OpenAsync(PeerFunctions.Heartbeat, request);
        PeerState state = message.State ?? throw Incomplete();
        beats.Note(message.From, state);
        int turn = members.Grant(message.From);
        PeerState own = await ownState(message.From);
        return Answer(PeerFunctions.Heartbeat, PeerSeal.Reply(message) with { State = own with { Turn = turn } });
    }

    /// <summary>Durable here, and recorded, when the answer leaves.</summary>
    public async Task<Answer> StoreAsync(SamRequest request)
    {
        PeerMessage message = await OpenAsync(PeerFunctions.Store, request);
        if (message.Lines is not [{ } line] || !FloorEntry.TryParse(line, out UInt128 key, out FloorEntry entry))
        {
            throw Incomplete();
        }

        request.Draft.AddKey($"{key:x32}", entry.Version);
        if (members.IsRetired(message.From) && key != Membership.NameOf(members.Self))
        {
            // It may not know who is in service. That we are reinstated is true all the same: two nodes may have retired each other.
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"{message.From} is retired");
        }

        floors.Store(key, entry);
        return Answer(PeerFunctions.Store, PeerSeal.Reply(message));
    }

    public async Task<Answer> ReadAsync(SamRequest request)
    {
        PeerMessage message = await OpenAsync(PeerFunctions.Read, request);
        if (message is not { List: { } list, Position: { } position })
        {
            throw Incomplete();
        }

        (IReadOnlyList<string> lines, long next) = floors.Read(list, position, PeerMessage.MostLines);
        return Answer(PeerFunctions.Read, PeerSeal.Reply(message) with { List = list, Position = next, Lines = lines });
    }

    /// <summary>The head is remembered, durable, when the answer leaves. A log's first refusal is recorded, what it offers after that is not.</summary>
    public async Task<Answer> WitnessAsync(SamRequest request)
    {
        PeerMessage message = await OpenAsync(PeerFunctions.Witness, request);
        HeadOffer offer = message.Offer is { IsComplete: true } complete ? complete : throw Incomplete();
        return Answer(PeerFunctions.Witness, PeerSeal.Reply(message) with { CounterSignature = heads.Witness(message.From, offer) });
    }

    private static ProblemException Incomplete() => Refusals.Create(ProblemCodes.Malformed, "the message is not what this peer function takes");

    private Answer Answer(string function, PeerMessage message)
    {
        byte[] body = seal.SealAnswer(function, message);
        return new Answer(StatusCodes.Status200OK, _ => body);
    }

    private async Task<PeerMessage> OpenAsync(string function, SamRequest request) =>
        seal.OpenRequest(function, await request.ReadBytesAsync(), request.Caller.Id);
}
