namespace RemoteSigning.Pki.Options;

/// <summary>Who may have certificates made and revoked.</summary>
internal sealed class RegistrationAuthorityOptions
{
    /// <summary>The name under which its acts are recorded.</summary>
    public string Id { get; set; } = "";

    /// <summary>PEM file with the public key of its TLS client certificate.</summary>
    public string PublicKey { get; set; } = "";
}
