using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>A SAM node for which SADs are minted.</summary>
internal sealed class SamOptions
{
    [Required]
    public string Node { get; set; } = "";

    /// <summary>PEM file with the public key that signs the node's audit log.</summary>
    [Required]
    public string AuditPublicKey { get; set; } = "";
}
