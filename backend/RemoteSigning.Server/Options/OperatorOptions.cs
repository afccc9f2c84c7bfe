namespace RemoteSigning.Server.Options;

/// <summary>Somebody who may use the administration listener.</summary>
internal sealed class OperatorOptions
{
    /// <summary>Stands in the log.</summary>
    public string Id { get; set; } = "";

    /// <summary>PEM file with the SubjectPublicKeyInfo of the TLS client certificate.</summary>
    public string PublicKey { get; set; } = "";
}
