using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Options;

/// <summary>The section <c>Server</c> of the configuration file.</summary>
internal sealed class ServerOptions
{
    public const string Section = "Server";

    /// <summary>Address of the public listener (CSC API), https with an IP address.</summary>
    public Uri? Listen { get; set; }

    /// <summary>Address of the administration listener (enrollment), https with an IP address.</summary>
    public Uri? AdministrationListen { get; set; }

    /// <summary>How clients reach the public listener; told in CSC <c>info</c>.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>TLS identity of both listeners.</summary>
    public TlsOptions Tls { get; set; } = new();

    /// <summary>Connection string of the role that owns the schema <c>server</c>.</summary>
    public string Database { get; set; } = "";

    /// <summary>CSC <c>info.name</c>, at most 255 characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>CSC <c>info.region</c>, ISO 3166-1 alpha-2.</summary>
    public string Region { get; set; } = "";

    /// <summary>Who may use the administration listener.</summary>
    public IList<OperatorOptions> Operators { get; } = [];

    /// <summary>The nodes of the SAM, any of which can sign with any key.</summary>
    public IList<SamOptions> Sams { get; } = [];

    public RemoteOptions Authorization { get; set; } = new();

    public RemoteOptions Pki { get; set; } = new();

    public NotificationOptions Notifications { get; set; } = new();

    /// <summary>Whether the public listener has the page <c>/docs/</c>, on which people read the API's description and try it.</summary>
    public bool ApiPage { get; set; } = true;

    public HealthOptions Health { get; set; } = new();
}
