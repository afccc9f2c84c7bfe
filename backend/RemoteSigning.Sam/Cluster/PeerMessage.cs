using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Cluster;

/// <summary>What nodes say to one another; docs/sam/cluster.md has the functions and which member each uses.</summary>
/// <param name="V">Version of this structure, 1.</param>
/// <param name="From">The node that says it.</param>
/// <param name="To">The node that it is said to.</param>
/// <param name="Nonce">Drawn by who asks, 32 hex digits; an answer has that of its request.</param>
/// <param name="State">In heartbeats.</param>
/// <param name="List">Which list a position is of.</param>
/// <param name="Position">Where to read on.</param>
/// <param name="Lines">Entries of the floor list, at most <see cref="MostLines"/>.</param>
/// <param name="Offer">A head that is to be counter-signed.</param>
/// <param name="CounterSignature">Of that head.</param>
internal sealed record PeerMessage(
    [property: JsonRequired] int V,
    [property: JsonRequired] string From,
    [property: JsonRequired] string To,
    [property: JsonRequired] string Nonce,
    PeerState? State = null,
    string? List = null,
    long? Position = null,
    IReadOnlyList<string>? Lines = null,
    HeadOffer? Offer = null,
    CounterSignature? CounterSignature = null)
{
    public const int CurrentVersion = 1;

    public const int MostLines = 1000;
}
