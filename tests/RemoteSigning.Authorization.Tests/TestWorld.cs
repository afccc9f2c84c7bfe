using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>What all tests share: a database cluster, a SoftHSM store, TLS identities. Each server has its own part.</summary>
[SetUpFixture]
public sealed class TestWorld
{
    private static TestWorld? s_current;

    private readonly string _folder = Directory.CreateTempSubdirectory("rs-authz-").FullName;
    private SoftHsm? _hsm;
    private PrivatePostgres? _postgres;
    private TlsAuthority? _authority;

    internal static string Folder => Current._folder;

    internal static SoftHsm Hsm => Current._hsm ?? throw NotStarted();

    internal static PrivatePostgres Postgres => Current._postgres ?? throw NotStarted();

    internal static string TlsRoot => Path.Combine(Folder, "root.pem");

    internal static TlsIdentity Server { get; private set; } = new("", "", []);

    internal static TlsIdentity Ssa { get; private set; } = new("", "", []);

    /// <summary>A second SSA, registered as well.</summary>
    internal static TlsIdentity OtherSsa { get; private set; } = new("", "", []);

    internal static TlsIdentity Operator { get; private set; } = new("", "", []);

    /// <summary>A certificate of the right authority that nobody registered.</summary>
    internal static TlsIdentity Stranger { get; private set; } = new("", "", []);

    private static TestWorld Current => s_current ?? throw NotStarted();

    [OneTimeSetUp]
    public void Start()
    {
        s_current = this;
        _hsm = new SoftHsm(_folder);
        _hsm.UseInThisProcess();
        _postgres = PrivatePostgres.Start(Path.Combine(_folder, "postgres"), Path.Combine(_folder, "postgres.log"));
        _authority = new TlsAuthority();
        File.WriteAllText(TlsRoot, _authority.RootPem);
        Server = _authority.IssueServer(_folder, "authorization");
        Ssa = _authority.IssueClient(_folder, "ssa");
        OtherSsa = _authority.IssueClient(_folder, "other-ssa");
        Operator = _authority.IssueClient(_folder, "operator");
        Stranger = _authority.IssueClient(_folder, "stranger");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _authority?.Dispose();
        _postgres?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static InvalidOperationException NotStarted() => new("The test world is not up.");
}
