using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Options;

/// <summary>A SAM node: where it is, and the key that its audit log is believed by.</summary>
internal sealed class SamOptions
{
    /// <summary>The node's name, as it stands in its status, its heads and its records.</summary>
    public string Node { get; set; } = "";

    /// <summary>Base address, https.</summary>
    public Uri? Url { get; set; }

    /// <summary>PEM file with the only TLS root that is trusted for it.</summary>
    public string TrustedRoot { get; set; } = "";

    /// <summary>Our client certificate, registered at the SAM.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>PEM file with the SubjectPublicKeyInfo that verifies the heads of its log.</summary>
    public string AuditPublicKey { get; set; } = "";

    /// <summary>
    /// The newest file of its service log, or of a copy of it; older ones stand beside it. Null: nothing is recovered at the start.
    /// </summary>
    public string? ServiceLog { get; set; }

    public RemoteOptions Remote => new() { Url = Url, TrustedRoot = TrustedRoot, Tls = Tls };
}
