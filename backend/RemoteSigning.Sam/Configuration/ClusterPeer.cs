using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>A node of the cluster, as each node's <c>static_config.json</c> names it. An entry for the node itself is skipped, so that all can have the same list.</summary>
/// <param name="Id">Its <c>node</c>.</param>
/// <param name="Address">IP address and port that it is reached at from the other nodes.</param>
/// <param name="ServerName">The name that is asked for in the TLS handshake, by which a balancer in TCP mode may choose the node.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo (PEM) of its TLS certificate, as a server and as a client; nothing else in the certificate counts.</param>
/// <param name="AuditKey">Its <c>audit-public-key.pem</c>; without it neither its heads nor its counter-signatures can be verified, so none are exchanged.</param>
internal sealed record ClusterPeer(
    [property: JsonRequired] string Id,
    [property: JsonRequired] string Address,
    [property: JsonRequired] string ServerName,
    [property: JsonRequired] string PublicKey,
    string? AuditKey = null);
