namespace RemoteSigning.Hosting;

/// <summary>PEM files of a TLS identity. The key file must be owner-only.</summary>
internal sealed class TlsOptions
{
    public string Certificate { get; set; } = "";

    public string Key { get; set; } = "";
}
