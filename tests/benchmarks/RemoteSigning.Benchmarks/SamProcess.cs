using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// A SAM as it is delivered, in a process of its own with a token of its own. Its authorization server is a key in this
/// process, and its caller is the SSA, over mutual TLS.
/// </summary>
internal sealed class SamProcess : IDisposable
{
    public const string Node = "sam-1";
    public const string Signer = "signer-1";
    public const string AuthorizationServer = "as-1";

    private readonly string _folder;
    private readonly SoftHsm _store;
    private readonly TlsAuthority _authority = new();
    private readonly Uri _address = new($"https://127.0.0.1:{FreePort.Next()}");
    private readonly string _configuration;
    private ChildProcess? _process;

    public SamProcess(string folder, int maxSessions = 8)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _store = new SoftHsm(Path.Combine(_folder, "softhsm"));
        PinFile = _store.CreateToken(Node);
        TlsIdentity server = _authority.IssueServer(_folder, "server");
        TlsIdentity ssa = _authority.IssueClient(_folder, "ssa");
        TlsIdentity operatorIdentity = _authority.IssueClient(_folder, "operator");
        File.WriteAllText(Path.Combine(_folder, "root.pem"), _authority.RootPem);
        _configuration = WriteConfiguration(server, ssa, operatorIdentity, maxSessions);
        Http = OperatorClient.CreateHttp(
            Path.Combine(_folder, "root.pem"), new SandboxDescription.PemPair(ssa.Certificate, ssa.Key));
        Http.BaseAddress = _address;
        Commands.Run("dotnet", [Program, "admin", "create", "--config", _configuration], Environment);
    }

    /// <summary>The key of the authorization server that the SSA may bring SADs of.</summary>
    public ECDsa SadKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The SSA's connections.</summary>
    public HttpClient Http { get; }

    public string Data => Path.Combine(_folder, "data");

    public string Log => Path.Combine(Data, "service.log");

    public SoftHsm Store => _store;

    public string PinFile { get; }

    /// <summary>Resident memory of the process, bytes.</summary>
    public int Pid => _process!.Id;

    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process!.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)); // Started before.
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024;
        }
    }

    private static string Program => Installation.Current.Assembly("backend", "RemoteSigning.Sam");

    private Dictionary<string, string> Environment => new() { [_store.Environment.Key] = _store.Environment.Value };

    /// <summary>Starts the process and waits for its first answer.</summary>
    public async Task StartAsync()
    {
        string logFile = Path.Combine(_folder, "sam.log");
        _process = ChildProcess.Start("SAM", "dotnet", [Program, "run", "--config", _configuration], logFile, Environment);
        while (true)
        {
            try
            {
                await StatusAsync();
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(20);
            }
            catch (HttpRequestException e)
            {
                throw new BenchmarkException($"The SAM ended; {logFile} says why. {e.Message}");
            }
        }
    }

    public void Stop() => _process?.Stop();

    public async Task<SamStatus> StatusAsync() =>
        (await Http.GetFromJsonAsync("/sam/v1/status", SamJson.Default.SamStatus))!; // Never the JSON null.

    /// <summary>A key pair that may sign, as an SSA and a CA would make it.</summary>
    public async Task<KeyPair> EnrollAsync(KeyTemplate template)
    {
        KeyPair made = await SendAsync(
            HttpMethod.Post, "/sam/v1/key_pairs", new GenerateKeyPairRequest(template), SamJson.Default.GenerateKeyPairRequest);
        KeyPair assigned = await SendAsync(
            HttpMethod.Post,
            "/sam/v1/signers/$body/key_pairs",
            new AssignKeyPairRequest(made, new Signer(Signer), "CN=A Signer"),
            SamJson.Default.AssignKeyPairRequest);
        return await SendAsync(
            HttpMethod.Put,
            "/sam/v1/key_pairs/$body",
            new ChangeStatusRequest(assigned, new Signer(Signer), new KeyPairStatus(true, true), Certify(assigned)),
            SamJson.Default.ChangeStatusRequest);
    }

    public static byte[] PublicKeyInfo(KeyPair pair) => Convert.FromBase64String(pair.PublicKey[PemEncoding.Find(pair.PublicKey).Base64Data]);

    public void Dispose()
    {
        Http.Dispose();
        _process?.Dispose();
        _authority.Dispose();
        SadKey.Dispose();
    }

    private async Task<KeyPair> SendAsync<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, type) };
        using HttpResponseMessage response = await Http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize(text, SamJson.Default.KeyPair)! // Never the JSON null.
            : throw new BenchmarkException($"{method} {path}: {text}");
    }

    private static byte[] Certify(KeyPair pair)
    {
        using ECDsa authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            new X500DistinguishedName("CN=A Signer"), PublicKey.CreateFromSubjectPublicKeyInfo(PublicKeyInfo(pair), out _), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.NonRepudiation, critical: true));
        using X509Certificate2 certificate = request.Create(
            new X500DistinguishedName("CN=Issuer"),
            X509SignatureGenerator.CreateForECDsa(authority),
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddYears(1),
            RandomNumberGenerator.GetBytes(16));
        return certificate.RawData;
    }

    private string WriteConfiguration(TlsIdentity server, TlsIdentity ssa, TlsIdentity operatorIdentity, int maxSessions)
    {
        string staticFile = Path.Combine(_folder, "static_config.json");
        string dynamicFile = Path.Combine(_folder, "dynamic_config.json");
        File.WriteAllText(staticFile, new JsonObject
        {
            ["version"] = 1,
            ["node"] = Node,
            ["minimum_acr"] = "substantial",
            ["operators"] = new JsonArray(new JsonObject { ["id"] = "operator", ["public_key"] = Pem(operatorIdentity) }),
        }.ToJsonString());
        File.WriteAllText(dynamicFile, JsonSerializer.Serialize(
            new DynamicConfiguration(
                1,
                [new AuthorizationServer(AuthorizationServer, SadKey.ExportSubjectPublicKeyInfoPem())],
                [new SigningServicePrivilegedUser("ssa", Pem(ssa), [AuthorizationServer])]),
            SamJson.Default.DynamicConfiguration));
        string file = Path.Combine(_folder, "sam.json");
        OwnerOnly.Write(file, new JsonObject
        {
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Information", ["Microsoft"] = "Warning" } },
            ["Sam"] = new JsonObject
            {
                ["Listen"] = _address.ToString().TrimEnd('/'),
                ["Tls"] = new JsonObject { ["Certificate"] = server.Certificate, ["Key"] = server.Key },
                ["DataFolder"] = Directory.CreateDirectory(Data).FullName,
                ["StaticConfiguration"] = staticFile,
                ["DynamicConfiguration"] = dynamicFile,
                ["Hsm"] = new JsonObject
                {
                    ["Module"] = SoftHsm.Module,
                    ["TokenLabel"] = Node,
                    [nameof(PinFile)] = PinFile,
                    ["MaxSessions"] = maxSessions,
                },
            },
        }.ToJsonString());
        return file;
    }

    private static string Pem(TlsIdentity identity) => PemEncoding.WriteString("PUBLIC KEY", identity.PublicKeyInfo);
}
