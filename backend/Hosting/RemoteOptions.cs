namespace RemoteSigning.Hosting;

/// <summary>Another process of ours: where it is, which TLS root it is believed under, and who we are to it.</summary>
internal sealed class RemoteOptions
{
    /// <summary>Base address, https.</summary>
    public Uri? Url { get; set; }

    /// <summary>PEM file with the only root that is trusted for this address.</summary>
    public string TrustedRoot { get; set; } = "";

    /// <summary>Our client certificate.</summary>
    public TlsOptions Tls { get; set; } = new();
}
