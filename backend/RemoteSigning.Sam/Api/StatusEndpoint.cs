using System.Reflection;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary><c>GET /sam/v1/status</c>: what an authorization server needs for a SAD, and the keys that verify what we say.</summary>
internal sealed class StatusEndpoint(
    Infrastructure infrastructure, FloorList floors, Membership members, Heartbeats beats, PeerHeads heads, TimeProvider clock)
{
    public static string Version { get; } =
        typeof(StatusEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Task<Answer> HandleAsync(SamRequest request) => Task.FromResult(Answer.Create(
        StatusCodes.Status200OK,
        StrictJson.Sam.SamStatus,
        proof => new SamStatus(
            request.Configuration.Registry.Node,
            request.Epoch,
            Version,
            clock.GetUtcNow().ToUnixTimeSeconds(),
            request.Configuration.Registry.Version,
            infrastructure.AuditPublicKey,
            infrastructure.SealingPublicKey,
            proof.Head,
            request.Configuration.DynamicDigest,
            request.Configuration.StaticDigest,
            infrastructure.Fingerprint,
            request.Configuration.Registry.ConfigurationHash,
            members.Obstacle,
            members.Peers.Count == 0 ? null : [.. members.Peers.Select(p => Describe(p, request.Configuration.Registry))],
            infrastructure.Generation)));

    private SamPeer Describe(string peer, Registry registry)
    {
        string standing = members.IsRetired(peer) ? PeerStanding.Retired : PeerStanding.InService;
        long? heard = (long?)members.HeardFor(peer)?.TotalSeconds;
        IReadOnlyList<string>? refused = heads.RefusedOf(peer) is { Count: > 0 } logs ? logs : null;
        long? silent = (long?)heads.SilentFor(peer)?.TotalSeconds;
        return beats.StateOf(peer) is { } state
            ? new SamPeer(
                peer,
                standing,
                heard,
                state.Epoch,
                state.ConfigurationVersion,
                state.ConfigurationHash == registry.ConfigurationHash,
                state.Floors.HoldsTheSameAs(floors.Summary),
                refused,
                silent,
                state.Generation,
                members.Turn(peer))
            : new SamPeer(peer, standing, heard, RefusedHeads: refused, SilentHeadsSeconds: silent, Turn: members.Turn(peer));
    }
}
