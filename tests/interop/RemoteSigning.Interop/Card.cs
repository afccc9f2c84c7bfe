using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>The card in one login mode, served by an agent of its own.</summary>
internal sealed class Card
{
    private readonly RunningSandbox _sandbox;
    private readonly Service _agent;
    private readonly string _folder;
    private readonly Dictionary<string, CardKey> _keys = [];
    private int _folders;

    private Card(RunningSandbox sandbox, CardMode mode, Service agent, IReadOnlyDictionary<string, string> environment, string folder)
    {
        _sandbox = sandbox;
        Sandbox = sandbox.Description;
        Mode = mode;
        Environment = environment;
        _agent = agent;
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true); // Of an earlier run.
        }

        _folder = Directory.CreateDirectory(folder).FullName;
    }

    public SandboxDescription Sandbox { get; }

    public CardMode Mode { get; }

    public string Module => Sandbox.Pkcs11.Module;

    /// <summary>Leads the module to this card's agent.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    public string Pin => SampleSigner.Pin;

    /// <summary>How many signatures the agent has made since its first start, by its log.</summary>
    public int CountSignatures() => File.ReadLines(_agent.LogFile).Count(l => l.Contains(" Signed with credential ", StringComparison.Ordinal));

    /// <summary>PEM file of the CA that issued the signers' certificates.</summary>
    public string IssuingCertificate { get; private set; } = null!; // Set in StartAsync.

    /// <summary>PEM file of the root above it.</summary>
    public string RootCertificate => Sandbox.SigningRoot;

    /// <summary>PEM file of both, root last.</summary>
    public string Chain { get; private set; } = null!; // Set in StartAsync.

    public static Task<Card> StartAsync(RunningSandbox sandbox, CardMode mode, CancellationToken cancel) =>
        StartAsync(sandbox, sandbox.Description.Signers[0], mode, mode.ToString().ToLowerInvariant(), cancel);

    /// <summary>The card of another signer in the same mode, with an agent of its own until <see cref="StopAgent"/>.</summary>
    public Task<Card> OfOtherSignerAsync(string email, CancellationToken cancel) => StartAsync(
        _sandbox, Sandbox.Signers.Single(s => s.Email == email), Mode, Path.GetFileName(NewFolder()) + Path.GetFileName(_folder), cancel);

    private static async Task<Card> StartAsync(
        RunningSandbox sandbox, SandboxDescription.Signer signer, CardMode mode, string name, CancellationToken cancel)
    {
        (Service agent, IReadOnlyDictionary<string, string> environment) = await sandbox.StartAgentAsync(
            $"agent-{name}", signer.Email, mode.ToString().ToLowerInvariant(), cancel);
        var card = new Card(sandbox, mode, agent, environment, Path.Combine(sandbox.Folder, "..", "interop", name));
        string folder = card.NewFolder();
        foreach (SandboxDescription.Credential credential in signer.Credentials.Where(c => c.AuthMode == "explicit"))
        {
            card._keys[credential.Label] = await card.ReadKeyAsync(credential, folder);
        }

        using X509Certificate2 issuing = card.ReadCertificate("RemoteSigning Sandbox Issuing CA");
        card.IssuingCertificate = Path.Combine(folder, "issuing.pem");
        card.Chain = Path.Combine(folder, "chain.pem");
        await File.WriteAllTextAsync(card.IssuingCertificate, issuing.ExportCertificatePem() + "\n", cancel);
        await File.WriteAllTextAsync(
            card.Chain, issuing.ExportCertificatePem() + "\n" + await File.ReadAllTextAsync(card.RootCertificate, cancel), cancel);
        return card;
    }

    public CardKey Key(string label) => _keys[label];

    /// <summary>An empty folder for one check; its path is short enough for sockets.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, (++_folders).ToString(System.Globalization.CultureInfo.InvariantCulture))).FullName;

    /// <summary>Kills the agent as a crash would, and starts it again: every program's login is gone.</summary>
    public async Task RestartAgentAsync(CancellationToken cancel)
    {
        _agent.Kill();
        await _agent.StartAsync(cancel);
    }

    public void StopAgent() => _agent.Stop();

    /// <summary>Runs a program with the card's environment; a failure becomes an exception that shows its output.</summary>
    /// <returns>Standard output, then standard error.</returns>
    public string Run(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        CommandResult result = Commands.Try(program, arguments, WithCard(environment), input);
        return result.ExitCode == 0
            ? result.Output + result.Error
            : throw new InteropException(
                $"{program} {string.Join(' ', arguments)} ended with exit code {result.ExitCode}: {result.Output.Trim()} {result.Error.Trim()}");
    }

    /// <summary>The card's environment and more.</summary>
    public IReadOnlyDictionary<string, string> WithCard(IReadOnlyDictionary<string, string>? more = null)
    {
        var whole = new Dictionary<string, string>(Environment);
        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
        {
            whole[name] = value;
        }

        return whole;
    }

    /// <summary>Has openssl verify a signature over a file.</summary>
    public void VerifyWithOpenssl(CardKey key, string hash, string file, string signature, params string[] options) =>
        Expect(Run("openssl", ["dgst", $"-{hash}", "-verify", key.PublicKey, .. options, "-signature", signature, file]), "Verified OK");

    /// <summary>Fails unless the text has the part.</summary>
    public static void Expect(string text, string part)
    {
        if (!text.Contains(part, StringComparison.Ordinal))
        {
            throw new InteropException($"\"{part}\" was expected in: {text.Trim()}");
        }
    }

    private async Task<CardKey> ReadKeyAsync(SandboxDescription.Credential credential, string folder)
    {
        string label = credential.Label;
        using X509Certificate2 certificate = ReadCertificate(label);
        string name = label.Replace(' ', '-');
        byte[] publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        var key = new CardKey(
            label,
            credential.Algorithm,
            Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 20)),
            Path.Combine(folder, name + ".pem"),
            Path.Combine(folder, name + ".pub.pem"));
        await File.WriteAllTextAsync(key.Certificate, certificate.ExportCertificatePem() + "\n");
        await File.WriteAllTextAsync(key.PublicKey, new string(PemEncoding.Write("PUBLIC KEY", publicKey)) + "\n");
        return key;
    }

    private X509Certificate2 ReadCertificate(string label)
    {
        string file = Path.Combine(_folder, "read.der");
        _ = Run("pkcs11-tool", ["--module", Module, "--read-object", "--type", "cert", "--label", label, "-o", file]);
        return X509CertificateLoader.LoadCertificateFromFile(file);
    }
}
