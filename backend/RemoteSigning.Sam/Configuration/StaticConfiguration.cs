using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>What never changes while a node runs; the file <c>static_config.json</c>.</summary>
/// <param name="Version">Version of this structure, 1.</param>
/// <param name="Node">The node's name: audience of its SADs, part of each signed head.</param>
/// <param name="MinimumAcr">The lowest assurance level at which a signature is made.</param>
/// <param name="Operators">Operation privileged users; they cannot use signers' keys.</param>
internal sealed record StaticConfiguration(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string MinimumAcr,
    [property: JsonRequired] IReadOnlyList<OperationPrivilegedUser> Operators)
{
    public const int CurrentVersion = 1;
}
