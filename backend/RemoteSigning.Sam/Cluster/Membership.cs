using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// Which nodes count, and whether this one may serve. How a node stands is an entry of the floor list, under a name that is
/// no key's: its version is the node's <em>turn</em>, which rises when operators retire it (odd) and reinstate it (even); none is 0.
/// <para>
/// A node may serve for <see cref="Silence"/> from when it asked each peer in service and was answered that it is in service
/// itself. So a peer that has given no such answer for as long knows that this node serves no more.
/// </para>
/// </summary>
/// <param name="peers">The other nodes of the configuration.</param>
internal sealed class Membership(string self, IReadOnlyList<string> peers, FloorList floors, TimeProvider clock)
{
    /// <summary>How long a node goes on without having heard a peer.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>Two steady clocks may part by as much in that time.</summary>
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _heard = [];

    /// <summary>When each was last told that it is in service; as that is forgotten with a restart, it may have been just before.</summary>
    private readonly Dictionary<string, long> _granted = peers.ToDictionary(p => p, _ => clock.GetTimestamp());

    public string Self => self;

    public IReadOnlyList<string> Peers => peers;

    /// <summary>
    /// On which nodes a change has to be durable, in the order in which it is written to them. The order is the same on all
    /// nodes, so of two changes of one key at once the first node lets one through. A retired node belongs to them until it
    /// surely serves no more.
    /// </summary>
    public IReadOnlyList<string> Replicas =>
        [.. peers.Where(p => !IsRetired(p) || MayStillServe(p)).Append(self).Order(StringComparer.Ordinal)];

    /// <summary>Why this node may not serve; null when it may.</summary>
    public string? Obstacle
    {
        get
        {
            if (IsRetired(self))
            {
                return $"{self} is retired: an operator has to reinstate it at another node";
            }

            string? silent = peers.FirstOrDefault(p => !IsRetired(p) && !(HeardFor(p) <= Silence));
            return (silent, silent is null ? null : HeardFor(silent)) switch
            {
                (null, _) => null,
                (_, null) => $"the floor list was not compared with that of {silent} yet",
                (_, { } time) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{silent} was not heard for {time.TotalSeconds:0} s: it has to come back, or an operator has to retire it"),
            };
        }
    }

    /// <summary>Where a node's turn stands in the floor list: 128 bits that no key's random id will have.</summary>
    public static UInt128 NameOf(string node) => BinaryPrimitives.ReadUInt128BigEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"RemoteSigning node v1\n{node}")));

    public int Turn(string node) => floors.Find(NameOf(node))?.Version ?? 0;

    public bool IsRetired(string node) => int.IsOddInteger(Turn(node));

    /// <summary>For how long a peer was not heard; null: never in this run.</summary>
    public TimeSpan? HeardFor(string peer)
    {
        lock (_lock)
        {
            return _heard.TryGetValue(peer, out long heard) ? clock.GetElapsedTime(heard) : null;
        }
    }

    /// <exception cref="ProblemException">This node may not serve now.</exception>
    public void Demand()
    {
        if (Obstacle is { } obstacle)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, obstacle);
        }
    }

    /// <summary>A peer has answered, and all of its list is in ours.</summary>
    /// <param name="askedAt">Time stamp of when it was asked.</param>
    /// <param name="turn">What it answered about us.</param>
    public void Hear(string peer, long askedAt, int turn)
    {
        if (int.IsEvenInteger(turn))
        {
            lock (_lock)
            {
                _heard[peer] = askedAt;
            }
        }
    }

    /// <summary>
    /// What to answer a peer about itself. That it is in service is noted before it is looked up for good: whoever is retired
    /// meanwhile counts until it surely serves no more.
    /// </summary>
    public int Grant(string peer)
    {
        if (IsRetired(peer))
        {
            return Turn(peer);
        }

        lock (_lock)
        {
            _granted[peer] = clock.GetTimestamp();
        }

        return Turn(peer);
    }

    private bool MayStillServe(string peer)
    {
        lock (_lock)
        {
            return clock.GetElapsedTime(_granted[peer]) <= Silence + Drift;
        }
    }
}
