using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Sam;

/// <summary><c>GET /sam/v1/status</c>, for registered clients.</summary>
/// <param name="Node">Audience of SADs for this node.</param>
/// <param name="Epoch">32 lower-case hex digits, drawn anew at each start and whenever replay protection must begin anew.</param>
/// <param name="Version">Version of the software.</param>
/// <param name="Time">Unix seconds of the node's clock.</param>
/// <param name="ConfigurationVersion">Version of the dynamic configuration in force.</param>
/// <param name="AuditPublicKey">SubjectPublicKeyInfo, PEM: verifies heads.</param>
/// <param name="SealingPublicKey">SubjectPublicKeyInfo, PEM: verifies sealed objects.</param>
/// <param name="Head">The newest signed head.</param>
/// <param name="ConfigurationDigest">SHA-256 of the dynamic configuration in force, lower-case hex: the same on all nodes.</param>
/// <param name="StaticDigest">SHA-256 of this node's static configuration, lower-case hex.</param>
/// <param name="Infrastructure">Fingerprint of <c>sam_infrastructure.json</c>, lower-case hex.</param>
/// <param name="ConfigurationHash">SHA-256 over all of both that must be the same on all nodes, lower-case hex.</param>
/// <param name="Unavailable">Why the node does not sign now; absent when it does.</param>
/// <param name="Peers">The other nodes of the cluster.</param>
/// <param name="Generation">The newest generation of the key-encryption key here.</param>
public sealed record SamStatus(
    string Node,
    string Epoch,
    string Version,
    long Time,
    int ConfigurationVersion,
    string AuditPublicKey,
    string SealingPublicKey,
    TreeHead? Head,
    string? ConfigurationDigest = null,
    string? StaticDigest = null,
    string? Infrastructure = null,
    string? ConfigurationHash = null,
    string? Unavailable = null,
    IReadOnlyList<SamPeer>? Peers = null,
    int? Generation = null);
