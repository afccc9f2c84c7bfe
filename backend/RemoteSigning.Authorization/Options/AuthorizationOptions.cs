using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Options;

/// <summary>The section <c>Authorization</c> of the configuration file.</summary>
internal sealed class AuthorizationOptions
{
    public const string Section = "Authorization";

    /// <summary>Our id at the SAM, the claim <c>iss</c>.</summary>
    [Required]
    public string Issuer { get; set; } = "";

    /// <summary>https, an IP address and a port.</summary>
    [Required]
    public Uri? Listen { get; set; }

    public TlsOptions Tls { get; set; } = new();

    /// <summary>Where <c>create</c> writes what others need to know.</summary>
    [Required]
    public string DataFolder { get; set; } = "";

    /// <summary>Connection string of a role that owns the schema <c>authz</c>.</summary>
    [Required]
    public string Database { get; set; } = "";

    [ValidateEnumeratedItems]
    public List<ClientOptions> Clients { get; set; } = [];

    [ValidateEnumeratedItems]
    public List<SamOptions> Sams { get; set; } = [];

    public HsmOptions Hsm { get; set; } = new();

    public HealthOptions Health { get; set; } = new();

    [ValidateObjectMembers]
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Absent: no codes are sent, and no credential that needs them can be registered.</summary>
    [ValidateObjectMembers]
    public OneTimeCodeOptions? OneTimeCodes { get; set; }

    [ValidateObjectMembers]
    public DeviceOptions Devices { get; set; } = new();

    /// <summary>Where the public key lies that verifies our SADs.</summary>
    public string SadPublicKeyFile => Path.Combine(DataFolder, "sad-public-key.pem");
}
