using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>One PKI after its ceremony, served by real listeners, with everything it needs below one folder.</summary>
[SetUpFixture]
internal sealed class PkiWorld
{
    public const string Token = "pki";

    public const string TimestampPolicy = "1.3.6.1.4.1.32473.3.1";

    public const string OtherTimestampPolicy = "1.3.6.1.4.1.32473.3.2";

    /// <summary>Record of a certificate for tokens that are not to be among those of the world's.</summary>
    public const long OtherTimestampCertificate = -1;

    private static PrivatePostgres _postgres = null!; // Set up before any test runs, like all below.
    private static WebApplication _app = null!;

    public static string Folder { get; private set; } = null!;

    public static SoftHsm Hsm { get; private set; } = null!;

    public static string PinFile { get; private set; } = null!;

    public static string ConfigurationFile { get; private set; } = null!;

    public static JsonObject Configuration { get; private set; } = null!;

    public static TlsIdentity RegistrationAuthority { get; private set; } = null!;

    public static TlsIdentity Unregistered { get; private set; } = null!;

    public static string TlsRoot => In("tls-root.pem");

    public static string DataFolder => In("data");

    public static string RootPem => Path.Combine(DataFolder, "root.pem");

    public static string IssuingPem => Path.Combine(DataFolder, "issuing.pem");

    public static X509Certificate2 Root { get; private set; } = null!;

    public static X509Certificate2 Issuing { get; private set; } = null!;

    public static PkiOptions Options => Service<PkiOptions>();

    public static string Url => $"{Options.Listen}".TrimEnd('/');

    public static string PublicUrl => $"{Options.PublicUrl}".TrimEnd('/');

    /// <summary>Authenticated as the registration authority.</summary>
    public static HttpClient Client { get; private set; } = null!;

    public static HttpClient PublicClient { get; private set; } = null!;

    public static T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static PkiDatabase OpenDatabase() => Service<IDbContextFactory<PkiDatabase>>().CreateDbContext();

    /// <summary>Of the time-stamping key in use; the caller's own copy.</summary>
    public static X509Certificate2 TimestampCertificate() =>
        X509CertificateLoader.LoadCertificate(Service<TimestampIdentity>().Certificate.RawData);

    public static string In(string name) => Path.Combine(Folder, name);

    public static IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>([Hsm.Environment]);

    /// <summary>Runs the program as an operator would.</summary>
    public static CommandResult Run(params string[] arguments) =>
        Commands.Try("dotnet", [Installation.Current.Assembly("backend", "RemoteSigning.Pki"), .. arguments], Environment);

    /// <summary>Makes a database with one role that owns the schema <c>pki</c>.</summary>
    public static string CreateDatabase(string name) => _postgres.CreateDatabase(name, PkiDatabase.Schema)[PkiDatabase.Schema];

    /// <summary>Writes a configuration file that differs from the world's as told.</summary>
    public static string WriteConfiguration(string name, Action<JsonObject> change)
    {
        var copy = (JsonObject)Configuration.DeepClone();
        change((JsonObject)copy["Pki"]!);
        string file = In(name);
        OwnerOnly.Write(file, copy.ToJsonString());
        return file;
    }

    public static async Task RestartAsync()
    {
        await _app.DisposeAsync();
        _app = await PkiHost.StartAsync(ConfigurationFile, clock: null, CancellationToken.None);
    }

    [OneTimeSetUp]
    public async Task SetUpAsync()
    {
        Folder = Directory.CreateTempSubdirectory("rs-pki-").FullName;
        Hsm = new SoftHsm(In("hsm"));
        Hsm.UseInThisProcess();
        PinFile = Hsm.CreateToken(Token);
        _postgres = PrivatePostgres.Start(In("postgres"), In("postgres.log"));
        WriteTls();
        Configuration = Configure(CreateDatabase("pki_world"));
        ConfigurationFile = WriteConfiguration("pki.json", _ => { });
        CommandResult created = Run("create", "--config", ConfigurationFile);
        Assert.That(created.ExitCode, Is.Zero, created.Error);
        Root = X509CertificateLoader.LoadCertificateFromFile(RootPem);
        Issuing = X509CertificateLoader.LoadCertificateFromFile(IssuingPem);
        _app = await PkiHost.StartAsync(ConfigurationFile, clock: null, CancellationToken.None);
        await AddOtherCertificateAsync();
        Client = CreateClient(RegistrationAuthority);
        PublicClient = new HttpClient { BaseAddress = Options.PublicUrl };
    }

    [OneTimeTearDown]
    public async Task TearDownAsync()
    {
        Client?.Dispose();
        PublicClient?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Root?.Dispose();
        Issuing?.Dispose();
        _postgres?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    public static HttpClient CreateClient(TlsIdentity identity) => MutualTls.CreateClient(
        new RemoteOptions
        {
            Url = Options.Listen,
            TrustedRoot = TlsRoot,
            Tls = new TlsOptions { Certificate = identity.Certificate, Key = identity.Key },
        },
        TimeSpan.FromSeconds(60));

    private static async Task AddOtherCertificateAsync()
    {
        await using PkiDatabase database = OpenDatabase();
        database.Certificates.Add(new IssuedCertificate
        {
            Id = OtherTimestampCertificate,
            Issuer = "none",
            SerialNumber = "01",
            Profile = "none",
            Subject = "CN=Other",
            PublicKeyDigest = [],
            NotBefore = DateTimeOffset.UtcNow,
            NotAfter = DateTimeOffset.UtcNow,
            Der = [],
        });
        await database.SaveChangesAsync();
    }

    private static void WriteTls()
    {
        using var authority = new TlsAuthority();
        File.WriteAllText(TlsRoot, authority.RootPem);
        _ = authority.IssueServer(Folder, "server");
        RegistrationAuthority = authority.IssueClient(Folder, "ra");
        Unregistered = authority.IssueClient(Folder, "unregistered");
        File.WriteAllText(In("ra.pub"), System.Security.Cryptography.PemEncoding.WriteString("PUBLIC KEY", RegistrationAuthority.PublicKeyInfo));
    }

    private static JsonObject Configure(string database)
    {
        string publicAddress = $"http://127.0.0.1:{FreePort.Next()}";
        return (JsonObject)JsonNode.Parse(
            $$"""
            {
              "Logging": { "LogLevel": { "Default": "Warning" } },
              "Pki": {
                "Listen": "https://127.0.0.1:{{FreePort.Next()}}",
                "PublicListen": "{{publicAddress}}",
                "PublicUrl": "{{publicAddress}}",
                "Tls": { "Certificate": "{{In("server.pem")}}", "Key": "{{In("server.key")}}" },
                "DataFolder": "{{DataFolder}}",
                "Database": "{{database}}",
                "RegistrationAuthorities": [ { "Id": "ra-1", "PublicKey": "{{In("ra.pub")}}" } ],
                "Organization": "Example Trust",
                "Timestamping": {
                  "Policy": "{{TimestampPolicy}}",
                  "AcceptedPolicies": [ "{{OtherTimestampPolicy}}" ],
                  "RequireSynchronizedClock": false
                },
                "Hsm": { "Module": "{{SoftHsm.Module}}", "TokenLabel": "{{Token}}", "PinFile": "{{PinFile}}" }
              }
            }
            """)!; // Not null: it is an object.
    }
}
