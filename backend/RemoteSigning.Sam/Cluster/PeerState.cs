using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Cluster;

/// <summary>What one node tells another of itself in a heartbeat, asking and answering alike.</summary>
/// <param name="Epoch">Its present epoch.</param>
/// <param name="ConfigurationVersion">Of its dynamic configuration.</param>
/// <param name="ConfigurationHash">SHA-256 over what must be the same on all nodes, lower-case hex.</param>
/// <param name="Floors">Its floor list.</param>
/// <param name="Turn">How it knows the other to stand, <see cref="Membership"/>; even: in service.</param>
/// <param name="Head">The newest head of its audit log.</param>
/// <param name="Witnessed">The newest heads of the other that it counter-signed, at most one of each log.</param>
/// <param name="Generation">The newest generation of the key-encryption key that it has; absent where an older program runs.</param>
internal sealed record PeerState(
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] int ConfigurationVersion,
    [property: JsonRequired] string ConfigurationHash,
    [property: JsonRequired] FloorSummary Floors,
    [property: JsonRequired] int Turn,
    TreeHead? Head = null,
    IReadOnlyList<TreeHead>? Witnessed = null,
    int? Generation = null);
