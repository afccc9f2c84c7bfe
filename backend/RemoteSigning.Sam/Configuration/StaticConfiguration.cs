using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>What never changes while a node runs; the file <c>static_config.json</c> (SAM-37).</summary>
/// <param name="Version">Version of this structure, 1.</param>
/// <param name="Node">The node's name: audience of its SADs, part of each signed head.</param>
/// <param name="MinimumAcr">The lowest assurance level at which a signature is made.</param>
/// <param name="Operators">Operation privileged users; they cannot use signers' keys.</param>
/// <param name="DualControl">A change of the dynamic configuration that adds rights needs a second operator.</param>
/// <param name="AllowSha1">SHA-1 may be signed with RSA PKCS#1 and ECDSA.</param>
/// <param name="Peers">The nodes of the cluster; none when the node is alone.</param>
/// <param name="RequireSkad">Whether every assignment needs a SKAD; those of policy device always do.</param>
internal sealed record StaticConfiguration(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string MinimumAcr,
    [property: JsonRequired] IReadOnlyList<OperationPrivilegedUser> Operators,
    bool DualControl = false,
    bool AllowSha1 = false,
    IReadOnlyList<ClusterPeer>? Peers = null,
    bool RequireSkad = false)
{
    public const int CurrentVersion = 1;
}
