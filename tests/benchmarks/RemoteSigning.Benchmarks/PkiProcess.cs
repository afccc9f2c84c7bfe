using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>A PKI as it is delivered, in a process of its own, with a token and a database of its own.</summary>
internal sealed class PkiProcess : IDisposable
{
    private readonly string _folder;
    private readonly SoftHsm _store;
    private readonly Uri _address = new($"http://127.0.0.1:{FreePort.Next()}");
    private readonly string _configuration;
    private ChildProcess? _process;

    /// <param name="database">Connection string of an empty database.</param>
    /// <param name="key">Of the time-stamping authority: <c>P-256</c>, <c>RSA-2048</c> or <c>RSA-3072</c>.</param>
    public PkiProcess(string folder, string database, string key)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _store = new SoftHsm(Path.Combine(_folder, "softhsm"));
        using var authority = new TlsAuthority();
        _configuration = WriteConfiguration(authority.IssueServer(_folder, "server"), database, key, _store.CreateToken("pki"));
        Commands.Run("dotnet", [Program, "create", "--config", _configuration], Environment);
        Http = new HttpClient { BaseAddress = _address };
    }

    public HttpClient Http { get; }

    public string Root => Path.Combine(_folder, "data", "root.pem");

    public string Issuing => Path.Combine(_folder, "data", "issuing.pem");

    private static string Program => Installation.Current.Assembly("backend", "RemoteSigning.Pki");

    private Dictionary<string, string> Environment => new() { [_store.Environment.Key] = _store.Environment.Value };

    /// <summary>Starts the process and waits for its first answer.</summary>
    public async Task StartAsync()
    {
        string logFile = Path.Combine(_folder, "pki.log");
        _process = ChildProcess.Start("PKI", "dotnet", [Program, "run", "--config", _configuration], logFile, Environment);
        while (true)
        {
            try
            {
                _ = await Http.GetByteArrayAsync("/ca/root.crt");
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(20);
            }
            catch (HttpRequestException e)
            {
                throw new BenchmarkException($"The PKI ended; {logFile} says why. {e.Message}");
            }
        }
    }

    /// <summary>A file of its own for a third-party program.</summary>
    public string Write(string name, byte[] content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllBytes(file, content);
        return file;
    }

    public void Dispose()
    {
        Http.Dispose();
        _process?.Stop();
        _process?.Dispose();
    }

    private string WriteConfiguration(TlsIdentity server, string database, string key, string pinFile)
    {
        string address = _address.ToString().TrimEnd('/');
        string file = Path.Combine(_folder, "pki.json");
        OwnerOnly.Write(file, new JsonObject
        {
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Information", ["Microsoft"] = "Warning" } },
            ["Pki"] = new JsonObject
            {
                ["Listen"] = $"https://127.0.0.1:{FreePort.Next()}",
                ["PublicListen"] = address,
                ["PublicUrl"] = address,
                ["Tls"] = new JsonObject { ["Certificate"] = server.Certificate, ["Key"] = server.Key },
                ["DataFolder"] = Path.Combine(_folder, "data"),
                ["Database"] = database,
                ["Organization"] = "Benchmark",
                ["Timestamping"] = new JsonObject
                {
                    ["Policy"] = "1.3.6.1.4.1.32473.3.1",
                    ["Key"] = key,
                    ["RequireSynchronizedClock"] = false,
                },
                ["Hsm"] = new JsonObject { ["Module"] = SoftHsm.Module, ["TokenLabel"] = "pki", ["PinFile"] = pinFile },
            },
        }.ToJsonString());
        return file;
    }
}
