using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Options;

/// <summary>The section <c>Sam</c> of the configuration file.</summary>
internal sealed class SamOptions
{
    public const string Section = "Sam";

    /// <summary>Where to listen, <c>https://ADDRESS:PORT</c>.</summary>
    public Uri? Listen { get; set; }

    public TlsOptions Tls { get; set; } = new();

    /// <summary>Holds the logs, the floor list, <c>sam_infrastructure.json</c> and the public keys.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Path of <c>static_config.json</c>.</summary>
    public string StaticConfiguration { get; set; } = "";

    /// <summary>Path of <c>dynamic_config.json</c>.</summary>
    public string DynamicConfiguration { get; set; } = "";

    public SamHsmOptions Hsm { get; set; } = new();

    /// <summary>Requests that may wait for the HSM; more are refused at once.</summary>
    public int HsmQueue { get; set; } = 1000;

    /// <summary>How long a request may wait for the HSM, and how long the HSM may then work for it.</summary>
    public TimeSpan HsmDeadline { get; set; } = TimeSpan.FromSeconds(30);

    public TamperOptions Tamper { get; set; } = new();

    public HealthOptions Health { get; set; } = new();

    public string LogFile => Path.Combine(DataFolder, "service.log");

    public string AdministrationLogFile => Path.Combine(DataFolder, "admin.log");

    public string FloorFile => Path.Combine(DataFolder, "floor.list");

    /// <summary>What other nodes counter-signed of this one's heads.</summary>
    public string CounterSignatureFile => Path.Combine(DataFolder, "heads.log");

    /// <summary>The heads of other nodes that this one counter-signed.</summary>
    public string WitnessFile => Path.Combine(DataFolder, "witnessed.log");

    public string InfrastructureFile => Path.Combine(DataFolder, "sam_infrastructure.json");

    public string AuditKeyFile => Path.Combine(DataFolder, "audit-public-key.pem");

    public string SealingKeyFile => Path.Combine(DataFolder, "sealing-public-key.pem");
}
