using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A mail server on loopback (python3-aiosmtpd) that keeps what it gets: <c>N.eml</c> as it came, <c>N.txt</c> for people to read.
/// It takes mail over TLS from one user, whose password lies in an owner-only file.
/// </summary>
public sealed partial class MailCatcher : IDisposable
{
    public const string Host = "localhost";
    public const string UserName = "authorization";

    private readonly Service _service;

    /// <param name="folder">For the messages; made for its owner alone.</param>
    /// <param name="implicitTls">TLS from the first byte, instead of STARTTLS.</param>
    /// <param name="onlyLogin">Offers AUTH LOGIN and not AUTH PLAIN.</param>
    public MailCatcher(string folder, string logFile, TlsIdentity identity, bool implicitTls = false, bool onlyLogin = false)
    {
        Folder = Directory.CreateDirectory(folder, OwnerOnly.Folder).FullName;
        PasswordFile = Folder + ".password";
        OwnerOnly.Write(PasswordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)));
        string[] switches = [.. implicitTls ? ["--implicit-tls"] : (string[])[], .. onlyLogin ? ["--only-login"] : (string[])[]];
        _service = new Service(
            "mail-catcher",
            logFile,
            // Debian's own, which has the package; another python3 may come first on the path.
            "/usr/bin/python3",
            [
                Path.Combine(AppContext.BaseDirectory, "mail-catcher.py"),
                "--port", Port.ToString(CultureInfo.InvariantCulture),
                "--folder", Folder,
                "--certificate", identity.Certificate,
                "--key", identity.Key,
                "--user", UserName,
                "--password-file", PasswordFile,
                .. switches,
            ],
            new Dictionary<string, string>(),
            Service.Listens(new Uri($"smtp://127.0.0.1:{Port}")));
    }

    public string Folder { get; }

    public string PasswordFile { get; }

    public int Port { get; } = FreePort.Next();

    public Task StartAsync(CancellationToken cancel) => _service.StartAsync(cancel);

    /// <summary>The messages to this address in the order in which they came, as people read them.</summary>
    public IReadOnlyList<string> Read(string address) =>
    [
        .. Directory.GetFiles(Folder, "*.txt")
            .OrderBy(file => int.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture))
            .Select(File.ReadAllText)
            .Where(text => text.Contains($"\nTo: {address}\n", StringComparison.Ordinal)),
    ];

    /// <summary>The code in the newest message to this address.</summary>
    public string ReadCode(string address) => Read(address) is [.., string newest]
        ? Code().Match(newest).Value
        : throw new SandboxException($"There is no message to {address} in {Folder}.");

    public void Stop() => _service.Stop();

    public void Dispose() => _service.Dispose();

    [GeneratedRegex(@"(?<=[^0-9+])[0-9]{6,8}(?=[^0-9])")]
    private static partial Regex Code();
}
