namespace RemoteSigning.Sandbox;

/// <summary>Where one node of the SAM is.</summary>
/// <param name="Node">Its name, <c>sam-1</c> and so on.</param>
/// <param name="Process">Names its folder, its HSM store and its log.</param>
internal sealed record SamNodePlace(string Node, string Process, string Folder, Uri Address, TlsIdentity Tls)
{
    public string StaticConfiguration => Path.Combine(Folder, "static_config.json");

    public string DynamicConfiguration => Path.Combine(Folder, "dynamic_config.json");

    public string Infrastructure => Path.Combine(Folder, "data", "sam_infrastructure.json");

    public string AuditKey => Path.Combine(Folder, "data", "audit-public-key.pem");

    public string Log => Path.Combine(Folder, "data", "service.log");
}
