using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>A head as a node offers it to a witness.</summary>
/// <param name="Consistency">RFC 9162, 2.1.4, from the head that the witness counter-signed last; empty when there is none.</param>
/// <param name="From">The name of that head, as the witness had told it; absent when there is none, and from an earlier program.</param>
internal sealed record HeadOffer(
    [property: JsonRequired] TreeHead Head, [property: JsonRequired] IReadOnlyList<byte[]> Consistency, string? From = null)
{
    /// <summary>One hash for each level of a tree of 2^63 leaves, and one more.</summary>
    private const int LongestProof = 64;

    private const int LongestSignature = 80;

    /// <summary>True when nothing is missing or longer than it can be.</summary>
    [JsonIgnore]
    public bool IsComplete =>
        Head is { Node: not null, TreeSize: > 0, RootHash.Length: 32, Signature: { Length: <= LongestSignature } }
        && Consistency.Count <= LongestProof && Consistency.All(hash => hash is { Length: 32 });
}
