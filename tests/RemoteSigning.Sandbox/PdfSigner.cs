namespace RemoteSigning.Sandbox;

/// <summary>
/// Signs and verifies PDF files with poppler's pdfsig, a program that knows nothing of us: it loads the card's
/// PKCS#11 module through NSS.
/// </summary>
public sealed class PdfSigner
{
    private readonly SandboxDescription _sandbox;
    private readonly string _database;
    private readonly string _pinFile;

    /// <summary>Makes an NSS database in <paramref name="folder"/> that trusts the sandbox's root and loads the module.</summary>
    public PdfSigner(SandboxDescription sandbox, string folder, string pin)
    {
        _sandbox = sandbox;
        _database = $"sql:{folder}";
        _pinFile = Path.Combine(folder, "pin");
        Pin = pin;
        Directory.CreateDirectory(folder, OwnerOnly.Folder);
        OwnerOnly.Write(_pinFile, pin + "\n");
        Run("certutil", "-N", "-d", _database, "--empty-password");
        Run("certutil", "-A", "-d", _database, "-n", "signing-root", "-t", "CT,C,C", "-a", "-i", sandbox.SigningRoot);
        Run("modutil", "-dbdir", _database, "-add", "RemoteSigning", "-libfile", sandbox.Pkcs11.Module, "-force");
    }

    public string Pin { get; }

    /// <summary>The NSS nickname (<c>token:label</c>) of the certificate on the card with this label and a private key.</summary>
    public string Nickname(string label) =>
        Run("certutil", "-L", "-d", _database, "-h", "all", "-f", _pinFile)
            .Split('\n')
            .Select(line => line.TrimEnd())
            .Where(line => line.EndsWith("u,u,u", StringComparison.Ordinal))
            .Select(line => line[..^5].TrimEnd())
            .FirstOrDefault(nickname => nickname.EndsWith($":{label}", StringComparison.Ordinal))
        ?? throw new SandboxException($"NSS sees no certificate \"{label}\" with a private key on the card; the agent's log says more.");

    /// <summary>Signs <paramref name="input"/>; what the program printed comes back.</summary>
    public string Sign(string input, string output, string nickname) =>
        Run("pdfsig", "-nssdir", _database, "-nss-pwd", Pin, "-nick", nickname, "-add-signature", input, output);

    /// <summary>What pdfsig says of the signatures in a file.</summary>
    public string Verify(string file) => Run("pdfsig", "-nssdir", _database, file);

    private string Run(string program, params string[] arguments) => Commands.Run(program, arguments, _sandbox.Pkcs11.Environment);
}
