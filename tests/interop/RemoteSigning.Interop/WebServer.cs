using System.Globalization;
using System.Text.RegularExpressions;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>
/// <c>openssl s_server</c> with one page for those who show a client certificate of the signers' CA. It closes after each page and
/// resumes no session, so that each page costs a signature; its trace tells what was signed how.
/// </summary>
internal sealed partial class WebServer : IDisposable
{
    public const string VerifiedBy = "openssl s_server";

    private readonly ChildProcess _process;
    private readonly string _certificate;
    private readonly int _port;

    private WebServer(ChildProcess process, int port, string certificate)
    {
        _process = process;
        _port = port;
        _certificate = certificate;
    }

    public string Page => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{_port}/page.html");

    /// <summary>Starts a server whose own certificate is certified by <c>web-root.pem</c> in the folder, which is made when it is not there.</summary>
    /// <param name="protocol">An option of s_server, <c>-tls1_3</c>.</param>
    public static WebServer Start(Card card, CardKey key, string folder, string protocol)
    {
        string root = Path.Combine(folder, "web-root.pem");
        if (!File.Exists(root))
        {
            using var authority = new TlsAuthority();
            authority.IssueServer(folder, "web");
            File.WriteAllText(root, authority.RootPem + "\n");
            File.WriteAllText(Path.Combine(folder, "page.html"), "<!doctype html><link rel=\"icon\" href=\"data:,\"><title>Seen</title>\n");
        }

        int port = FreePort.Next();
        var process = ChildProcess.Start(
            "openssl",
            "env",
            ["-C", folder, "stdbuf", "-oL", "openssl", "s_server", "-accept", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "-cert", "web.pem", "-key", "web.key", "-CAfile", card.Chain,
                "-Verify", "3", "-verify_return_error", "-no_cache", "-no_ticket", "-num_tickets", "0", "-WWW", "-trace", protocol],
            Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"server-{port}.log")));
        return new WebServer(process, port, File.ReadAllText(key.Certificate).Trim());
    }

    /// <summary>Waits until so many pages were served, and fails unless each cost a signature by the expected certificate; a browser may open connections ahead, and sign for these too.</summary>
    /// <returns>The scheme of the signatures in TLS's words: <c>rsa_pss_rsae_sha256</c>.</returns>
    public async Task<string> WaitForPagesAsync(int pages, CancellationToken cancel)
    {
        string log = "";
        for (int attempt = 0; attempt < 600; attempt++)
        {
            log = await File.ReadAllTextAsync(_process.LogFile, cancel);
            if (log.Split("FILE:page.html").Length > pages)
            {
                break;
            }

            await Task.Delay(100, cancel);
        }

        string[] schemes = [.. Signature().Matches(log).Select(m => m.Groups["scheme"].Value)];
        return schemes.Length >= pages && schemes.Distinct().Count() == 1 && log.Split(_certificate).Length > pages
            ? schemes[0]
            : throw new InteropException(
                $"{Page} was to be served {pages} times to the certificate; the server saw these signatures: {string.Join(", ", schemes)}. Its log: {_process.LogFile}");
    }

    public void Dispose() => _process.Dispose();

    /// <summary>A CertificateVerify in a record that came in, not one of the server's own.</summary>
    [GeneratedRegex(@"^Received Record(?:(?!^Sent Record|^Received Record)[\s\S])*?^\s+CertificateVerify, Length=\d+\s+Signature Algorithm: (?<scheme>\w+)", RegexOptions.Multiline)]
    private static partial Regex Signature();
}
