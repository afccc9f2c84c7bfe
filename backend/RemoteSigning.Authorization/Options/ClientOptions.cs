using System.ComponentModel.DataAnnotations;

namespace RemoteSigning.Authorization.Options;

/// <summary>A caller that may connect. Nodes of one SSA have keys of their own and share an id.</summary>
internal sealed class ClientOptions
{
    public const string Ssa = "ssa";
    public const string Operator = "operator";

    [Required]
    public string Id { get; set; } = "";

    /// <summary><see cref="Ssa"/> or <see cref="Operator"/>; no id has both.</summary>
    [AllowedValues(Ssa, Operator)]
    public string Role { get; set; } = "";

    /// <summary>PEM file with the public key (or the certificate) of the TLS identity.</summary>
    [Required]
    public string PublicKey { get; set; } = "";
}
