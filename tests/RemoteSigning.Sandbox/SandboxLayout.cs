namespace RemoteSigning.Sandbox;

/// <summary>Folders, ports and TLS identities of one sandbox.</summary>
internal sealed class SandboxLayout : IDisposable
{
    private readonly TlsAuthority _authority = new();
    private readonly DirectoryInfo? _shortFolder;
    private readonly string _sockets;

    /// <param name="samNodes">How many nodes the SAM has.</param>
    public SandboxLayout(string folder, int samNodes)
    {
        Root = Path.GetFullPath(folder);
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }

        Directory.CreateDirectory(Root, OwnerOnly.Folder);
        Tls = Make("tls");
        Logs = Make("logs");
        TlsRoot = Path.Combine(Tls, "root.pem");
        File.WriteAllText(TlsRoot, _authority.RootPem + "\n");
        SamNodes = [.. Enumerable.Range(1, samNodes).Select(MakeSamNode)];
        Health = SamNodes.Select(n => n.Process).Concat(["authorization", "server", "pki"]).ToDictionary(p => p, _ => Address("http"));
        AuthorizationServer = _authority.IssueServer(Tls, "authorization");
        ServerServer = _authority.IssueServer(Tls, "server");
        PkiServer = _authority.IssueServer(Tls, "pki");
        MailServer = _authority.IssueServer(Tls, "mail");
        Ssa = _authority.IssueClient(Tls, "ssa");
        Operator = _authority.IssueClient(Tls, "operator");
        SecondOperator = _authority.IssueClient(Tls, "operator-2");
        RegistrationAuthority = _authority.IssueClient(Tls, "registration-authority");
        Unregistered = _authority.IssueClient(Tls, "unregistered");

        // The system limits the path of a socket to 107 bytes.
        _sockets = Path.Combine(Root, "run");
        if (_sockets.Length > 70)
        {
            _shortFolder = Directory.CreateTempSubdirectory("rs-run-");
            _sockets = _shortFolder.FullName;
        }
    }

    public string Root { get; }

    public string Tls { get; }

    public string Logs { get; }

    public string TlsRoot { get; }

    /// <summary>The first is that of a sandbox with one node.</summary>
    public IReadOnlyList<SamNodePlace> SamNodes { get; }

    /// <summary>The port for health and metrics of each process.</summary>
    public IReadOnlyDictionary<string, Uri> Health { get; }

    public TlsIdentity AuthorizationServer { get; }

    public TlsIdentity ServerServer { get; }

    public TlsIdentity PkiServer { get; }

    public TlsIdentity MailServer { get; }

    public TlsIdentity Ssa { get; }

    public TlsIdentity Operator { get; }

    /// <summary>Approves at the SAM what the first operator asks for.</summary>
    public TlsIdentity SecondOperator { get; }

    public TlsIdentity RegistrationAuthority { get; }

    /// <summary>A certificate of the same root that nobody has registered: for the refusals.</summary>
    public TlsIdentity Unregistered { get; }

    public Uri Authorization { get; } = Address("https");

    public Uri Server { get; } = Address("https");

    public Uri Administration { get; } = Address("https");

    public Uri Pki { get; } = Address("https");

    public Uri PkiPublic { get; } = Address("http");

    /// <summary>Where the agent of this name listens; the folder is made for its owner alone.</summary>
    public string AgentSocket(string name) =>
        Path.Combine(Directory.CreateDirectory(Path.Combine(_sockets, name), OwnerOnly.Folder).FullName, "card.sock");

    /// <summary>The configuration file of the agent whose files lie in <paramref name="folder"/>.</summary>
    public static string AgentConfiguration(string folder) => Path.Combine(folder, "agent.json");

    public string Make(string name)
    {
        string folder = Path.Combine(Root, name);
        Directory.CreateDirectory(folder, OwnerOnly.Folder);
        return folder;
    }

    /// <summary>Writes the public key of an identity beside its certificate, for registration elsewhere.</summary>
    public string PublicKeyFile(TlsIdentity identity)
    {
        string path = Path.ChangeExtension(identity.Certificate, ".pub");
        File.WriteAllText(path, PublicKeyPem(identity) + "\n");
        return path;
    }

    public static string PublicKeyPem(TlsIdentity identity) =>
        System.Security.Cryptography.PemEncoding.WriteString("PUBLIC KEY", identity.PublicKeyInfo);

    public void Dispose()
    {
        _authority.Dispose();
        _shortFolder?.Delete(recursive: true);
    }

    private SamNodePlace MakeSamNode(int number)
    {
        string process = number == 1 ? "sam" : $"sam-{number}";
        return new SamNodePlace($"sam-{number}", process, Make(process), Address("https"), _authority.IssueServer(Tls, process));
    }

    private static Uri Address(string scheme) => new($"{scheme}://127.0.0.1:{FreePort.Next()}");
}
