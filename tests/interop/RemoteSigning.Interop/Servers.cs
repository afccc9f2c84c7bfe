using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>The servers of the sandbox, for programs that speak to them and not to the card.</summary>
internal sealed class Servers
{
    private readonly string _folder;
    private int _folders;

    /// <param name="folder">For what checks write; emptied.</param>
    public Servers(RunningSandbox sandbox, string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true); // Of an earlier run.
        }

        _folder = Directory.CreateDirectory(folder).FullName;
        Sandbox = sandbox.Description;
    }

    public SandboxDescription Sandbox { get; }

    public SandboxDescription.Signer Signer => Sandbox.Signers[0];

    /// <summary>What makes the usual clients trust the sandbox's TLS servers.</summary>
    private Dictionary<string, string> Trust => new()
    {
        ["CURL_CA_BUNDLE"] = Sandbox.TlsRoot,
        ["SSL_CERT_FILE"] = Sandbox.TlsRoot,
        ["NODE_EXTRA_CA_CERTS"] = Sandbox.TlsRoot,
    };

    /// <summary>A folder for one check, with <c>root.pem</c> and <c>issuing.pem</c> of the signers' CA.</summary>
    public async Task<string> NewFolderAsync(CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, (++_folders).ToString(CultureInfo.InvariantCulture))).FullName;
        File.Copy(Sandbox.SigningRoot, Path.Combine(folder, "root.pem"));
        using HttpClient http = Registration();
        string answer = await http.GetStringAsync(new Uri($"{Sandbox.Est}/cacerts"), cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "issuing.pem"), FirstCertificate(answer), cancel);
        return folder;
    }

    /// <summary>Has the PKI certify a new key; <c>certificate.pem</c>.</summary>
    public async Task IssueAsync(string folder, CancellationToken cancel)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] request = new CertificateRequest("CN=Ada Example", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        using HttpClient http = Registration();
        using var content = new StringContent(Convert.ToBase64String(request));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/pkcs10");
        using HttpResponseMessage answer = await http.PostAsync(new Uri($"{Sandbox.Est}/signature/simpleenroll"), content, cancel);
        answer.EnsureSuccessStatusCode();
        await File.WriteAllTextAsync(
            Path.Combine(folder, "certificate.pem"), FirstCertificate(await answer.Content.ReadAsStringAsync(cancel)), cancel);
    }

    /// <summary>Has the PKI revoke <c>certificate.pem</c>.</summary>
    public async Task RevokeAsync(string folder, CancellationToken cancel)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "certificate.pem"));
        using HttpClient http = Registration();
        var request = new JsonObject { ["serial_number"] = certificate.SerialNumber, ["reason"] = 4 };
        using HttpResponseMessage answer = await http.PostAsJsonAsync(new Uri($"{Sandbox.Pki}/pki/v1/revocations"), request, cancel);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A folder with <c>document.pdf</c>, <c>certificate.pem</c> of a credential, and what a program is to be told on standard input in <c>secrets.txt</c>.</summary>
    public async Task<string> NewSigningFolderAsync(string label, string pin, CancellationToken cancel)
    {
        string folder = await NewFolderAsync(cancel);
        File.Copy(Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf"), Path.Combine(folder, "document.pdf"));
        OwnerOnly.Write(Path.Combine(folder, "secrets.txt"), $"{Signer.Password}\n{pin}\n");
        using HttpClient http = OperatorClient.CreateHttp(Sandbox.TlsRoot, identity: null);
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Signer.Email}:{Signer.Password}")));
        string? token = (string?)(await CallAsync(http, "auth/login", [], cancel))["access_token"];
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        JsonNode info = await CallAsync(http, "credentials/info", new() { ["credentialID"] = Credential(label).Id }, cancel);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)info["cert"]!["certificates"]![0]!));
        await File.WriteAllTextAsync(Path.Combine(folder, "certificate.pem"), certificate.ExportCertificatePem() + "\n", cancel);
        return folder;
    }

    /// <summary>What stands on the pages for the service and for what to sign with.</summary>
    public (string Word, string By)[] SigningWords(string label, string service)
    {
        string version = service[service.LastIndexOf('/')..];
        return [("https://sign.example.com/csc" + version, service), ("CREDENTIAL", Credential(label).Id)];
    }

    /// <summary>Runs a program; a failure becomes an exception that shows its output.</summary>
    /// <returns>Standard output, then standard error.</returns>
    public string Run(string program, params string[] arguments)
    {
        CommandResult result = Try(program, arguments);
        return result.ExitCode == 0
            ? result.Output + result.Error
            : throw new InteropException(
                $"{program} {string.Join(' ', arguments)} ended with exit code {result.ExitCode}: {result.Output.Trim()} {result.Error.Trim()}");
    }

    public CommandResult Try(string program, IReadOnlyList<string> arguments, string? input = null) =>
        Commands.Try(program, arguments, Trust, input);

    private SandboxDescription.Credential Credential(string label) => Signer.Credentials.Single(c => c.Label == label);

    private async Task<JsonNode> CallAsync(HttpClient http, string method, JsonObject body, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(new Uri($"{Sandbox.Csc.V1}/{method}"), body, cancel);
        answer.EnsureSuccessStatusCode();
        return (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(cancel), cancellationToken: cancel))!;
    }

    private HttpClient Registration() => OperatorClient.CreateHttp(Sandbox.TlsRoot, Sandbox.PkiClients.RegistrationAuthority);

    /// <summary>Of an answer of EST (RFC 7030): PKCS #7 in base64, the certificate that was asked for first.</summary>
    private static string FirstCertificate(string answer)
    {
        string all = Commands.Run("openssl", ["pkcs7", "-print_certs"], input: $"-----BEGIN PKCS7-----\n{answer.Trim()}\n-----END PKCS7-----\n");
        using X509Certificate2 first = X509Certificate2.CreateFromPem(all);
        return first.ExportCertificatePem() + "\n";
    }
}
