using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;

namespace RemoteSigning.Pki.Options;

/// <summary>The section <c>Pki</c> of the configuration file; described in docs/pki.md.</summary>
internal sealed class PkiOptions
{
    public const string Section = "Pki";

    /// <summary>Mutual TLS: EST and revocation.</summary>
    public Uri? Listen { get; set; }

    /// <summary>Plain HTTP: OCSP, time stamps, revocation lists, CA certificates. What it serves is signed or self-evident.</summary>
    public Uri? PublicListen { get; set; }

    /// <summary>How the world reaches <see cref="PublicListen"/>; stands in every certificate.</summary>
    public Uri? PublicUrl { get; set; }

    public TlsOptions Tls { get; set; } = new();

    /// <summary>Where <c>create</c> leaves root.pem, issuing.pem and chain.pem.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Connection string of the role that owns the schema <c>pki</c>.</summary>
    public string Database { get; set; } = "";

    public HsmOptions Hsm { get; set; } = new();

    public HealthOptions Health { get; set; } = new();

    public IList<RegistrationAuthorityOptions> RegistrationAuthorities { get; init; } = [];

    /// <summary>Organization in the names of the root and the issuing CA; used by <c>create</c> only.</summary>
    public string Organization { get; set; } = "";

    /// <summary>Life of a signer's certificate; never beyond its issuer's.</summary>
    public TimeSpan CertificateLifetime { get; set; } = TimeSpan.FromDays(730);

    /// <summary>Certificate policy (dotted OID) that signers' certificates name; none when empty.</summary>
    public string PolicyOid { get; set; } = "";

    /// <summary>nextUpdate of an OCSP answer, from now.</summary>
    public TimeSpan OcspLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How old a revocation list may be before the next request makes a new one.</summary>
    public TimeSpan CrlRefresh { get; set; } = TimeSpan.FromHours(1);

    /// <summary>nextUpdate of a revocation list, from now.</summary>
    public TimeSpan CrlLifetime { get; set; } = TimeSpan.FromDays(1);

    public TimestampingOptions Timestamping { get; set; } = new();
}
