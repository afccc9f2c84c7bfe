namespace RemoteSigning.Contracts.Sam;

/// <summary>Another node of the cluster, as the node that is asked knows it.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Standing">One of the words of <see cref="PeerStanding"/>.</param>
/// <param name="HeardSeconds">For how long it was not heard; absent: never in this run.</param>
/// <param name="Epoch">Its epoch when it was last heard.</param>
/// <param name="ConfigurationVersion">Of its dynamic configuration.</param>
/// <param name="SameConfiguration">Whether its configuration has our hash.</param>
/// <param name="SameFloors">Whether its floor list held the same as ours when it was last heard.</param>
/// <param name="RefusedHeads">
/// Which of its logs (<c>service.log</c>, <c>admin.log</c>) did not go on from the head that was counter-signed before, when it was last
/// offered: it was cut or rewritten. Absent: none.
/// </param>
/// <param name="SilentHeadsSeconds">For how long it has had newer heads of its service log and offered none; absent: for less than a minute.</param>
/// <param name="Generation">The newest generation of the key-encryption key that it has.</param>
/// <param name="Turn">How often an operator retired or reinstated it; odd: it is retired.</param>
public sealed record SamPeer(
    string Node,
    string Standing,
    long? HeardSeconds = null,
    string? Epoch = null,
    int? ConfigurationVersion = null,
    bool? SameConfiguration = null,
    bool? SameFloors = null,
    IReadOnlyList<string>? RefusedHeads = null,
    long? SilentHeadsSeconds = null,
    int? Generation = null,
    int? Turn = null);
