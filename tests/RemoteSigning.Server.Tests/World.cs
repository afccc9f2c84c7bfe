using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>A signing server as it runs, with its own database, between fake peers, and an operator.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string Password = "correct horse";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rs-server-world-");
    private readonly int _port = FreePort.Next();
    private readonly int _administrationPort = FreePort.Next();
    private WebApplication? _server;
    private int _signers;

    private World(string database, PrivatePostgres postgres, int sams)
    {
        using var authority = new TlsAuthority();
        string folder = _folder.FullName;
        TlsRoot = Path.Combine(folder, "root.pem");
        File.WriteAllText(TlsRoot, authority.RootPem);
        Peer = authority.IssueServer(folder, "peer");
        Server = authority.IssueServer(folder, "server");
        Ssa = authority.IssueClient(folder, "ssa");
        OperatorIdentity = authority.IssueClient(folder, "operator");
        Stranger = authority.IssueClient(folder, "stranger");
        Authorization = new FakeAuthorization(Peer);
        Sam = new FakeSam(Peer, Authorization.Key);
        Sams = [Sam, .. Enumerable.Range(2, sams - 1).Select(i => new FakeSam(Peer, Authorization.Key, Sam, $"sam-fake-{i}"))];
        Sams.ToList().ForEach(s => Authorization.AddNode(s.Node, s.Log.Key));
        Pki = new FakePki(Peer);
        Database = postgres.CreateDatabase(database, "server")["server"];
        Configuration = WorldConfiguration.Write(this, folder);
        Operator = Http(OperatorIdentity, Administration);
    }

    /// <summary>The port for health and metrics.</summary>
    public Uri Health { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public string TlsRoot { get; }

    public TlsIdentity Peer { get; }

    public TlsIdentity Server { get; }

    public TlsIdentity Ssa { get; }

    public TlsIdentity OperatorIdentity { get; }

    public TlsIdentity Stranger { get; }

    /// <summary>The first node of the SAM; most tests have no other.</summary>
    public FakeSam Sam { get; }

    public IReadOnlyList<FakeSam> Sams { get; }

    public FakeAuthorization Authorization { get; }

    public FakePki Pki { get; }

    public ManualClock Clock { get; } = new(DateTimeOffset.UtcNow);

    public string Database { get; }

    public string Configuration { get; }

    public HttpClient Operator { get; }

    public Uri Public => new($"https://127.0.0.1:{_port}");

    public Uri Administration => new($"https://127.0.0.1:{_administrationPort}");

    public IServiceProvider Services => _server!.Services;

    /// <param name="postgres">Another cluster than the one that all tests share.</param>
    public static async Task<World> StartAsync(string database, PrivatePostgres? postgres = null, int sams = 1)
    {
        var world = new World(database, postgres ?? AssemblySetup.Postgres, sams);
        foreach (FakeSam sam in world.Sams)
        {
            await sam.Host.StartAsync();
        }

        await world.Authorization.Host.StartAsync();
        await world.Pki.Host.StartAsync();
        await using (ServerDatabase context = OpenDatabase(world.Database))
        {
            await SchemaState.MigrateAsync(context, CancellationToken.None);
        }

        await world.StartServerAsync();
        return world;
    }

    public static ServerDatabase OpenDatabase(string connection)
    {
        var options = new DbContextOptionsBuilder<ServerDatabase>();
        PostgreSql.Configure(options, connection);
        return new ServerDatabase(options.Options);
    }

    public async Task StartServerAsync()
    {
        _server = ServerApplication.Create(Configuration, Clock);
        await ServerApplication.PrepareAsync(_server, CancellationToken.None);
        await _server.StartAsync();
    }

    public async Task StopServerAsync()
    {
        await _server!.StopAsync();
        await _server.DisposeAsync();
        _server = null;
    }

    public async Task RestartServerAsync()
    {
        await StopServerAsync();
        await StartServerAsync();
    }

    public HttpClient Http(TlsIdentity? identity, Uri baseAddress)
    {
        SocketsHttpHandler handler = OperatorClient.CreateHandler(TlsRoot, identity is null ? null : new(identity.Certificate, identity.Key));
        return new HttpClient(new DescribedHandler(handler)) { BaseAddress = baseAddress, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>A new account and signer, signed in.</summary>
    public async Task<CscClient> NewSignerAsync(string givenName = "Sample", string familyName = "Signer")
    {
        string email = $"signer{Interlocked.Increment(ref _signers)}@example.com";
        string signer = Authorization.AddAccount(email, Password);
        using HttpResponseMessage answer = await Operator.PostAsJsonAsync(
            "/enrollment/v1/signers",
            new SignerRequest(signer, email, givenName, familyName),
            EnrollmentJson.Default.SignerRequest);
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), await answer.Content.ReadAsStringAsync());
        var client = new CscClient(Http(null, Public), signer, email);
        await client.SignInAsync();
        return client;
    }

    public async Task<CredentialCreated> EnrollAsync(CscClient signer, CredentialRequest request)
    {
        using HttpResponseMessage answer = await TryEnrollAsync(signer, request);
        string body = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), body);
        return JsonSerializer.Deserialize(body, EnrollmentJson.Default.CredentialCreated)!;
    }

    public Task<HttpResponseMessage> TryEnrollAsync(CscClient signer, CredentialRequest request) => Operator.PostAsJsonAsync(
        $"/enrollment/v1/signers/{signer.Signer}/credentials", request, EnrollmentJson.Default.CredentialRequest);

    public async Task SetStatusAsync(CscClient signer, CredentialCreated credential, bool enabled)
    {
        using HttpResponseMessage answer = await Operator.PutAsJsonAsync(
            $"/enrollment/v1/signers/{signer.Signer}/credentials/{credential.Id}/status",
            new CredentialStatusRequest(enabled),
            EnrollmentJson.Default.CredentialStatusRequest);
        Assert.That((int)answer.StatusCode, Is.EqualTo(204), await answer.Content.ReadAsStringAsync());
    }

    public async Task<ApplicationCreated> AddApplicationAsync(ApplicationLimits? limits = null, string name = "Sample application")
    {
        using HttpResponseMessage answer = await Operator.PostAsJsonAsync(
            "/enrollment/v1/applications",
            new ApplicationRequest(name, "Sample owner", "owner@example.com", limits),
            EnrollmentJson.Default.ApplicationRequest);
        string body = await answer.Content.ReadAsStringAsync();
        Assert.That((int)answer.StatusCode, Is.EqualTo(201), body);
        return JsonSerializer.Deserialize(body, EnrollmentJson.Default.ApplicationCreated)!;
    }

    public async Task SetApplicationStatusAsync(string clientId, bool enabled)
    {
        using HttpResponseMessage answer = await Operator.PutAsJsonAsync(
            $"/enrollment/v1/applications/{clientId}/status",
            new ApplicationStatusRequest(enabled),
            EnrollmentJson.Default.ApplicationStatusRequest);
        Assert.That((int)answer.StatusCode, Is.EqualTo(204), await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What the holder of this key is told of its consumption.</summary>
    public async Task<ApplicationUsage> ReadUsageAsync(string apiKey, string query = "")
    {
        using HttpClient http = Http(null, Public);
        http.DefaultRequestHeaders.Add("X-API-Key", apiKey);
        return (await http.GetFromJsonAsync("/application/v1/usage" + query, EnrollmentJson.Default.ApplicationUsage))!;
    }

    public async Task<AuditReceipt?> FindReceiptAsync(byte[] digest)
    {
        using HttpResponseMessage answer = await Operator.GetAsync($"/enrollment/v1/receipts?digest={Convert.ToHexString(digest)}");
        return answer.StatusCode == System.Net.HttpStatusCode.NotFound
            ? null
            : await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.AuditReceipt);
    }

    /// <summary>The value of a sample of the page of metrics; 0 when it is not there.</summary>
    /// <param name="sample">Name and labels, as on the page.</param>
    public async Task<double> ReadMetricAsync(string sample)
    {
        using var http = new HttpClient { BaseAddress = Health };
        string page = await http.GetStringAsync("/metrics");
        string? line = page.Split('\n').SingleOrDefault(l => l.StartsWith($"{sample} ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(sample.Length + 1)..], CultureInfo.InvariantCulture);
    }

    public Task<double> ReadIncidentsAsync(string incident) => ReadMetricAsync($"remotesigning_server_incidents_total{{incident=\"{incident}\"}}");

    public static CredentialRequest P256(string scal = "1", bool pin = true, bool otp = false, string authMode = "explicit", int multisign = 1000,
        string? otpChannel = null) => new(
        "P-256", new KeyTemplate("ECDSA", NamedCurve: "secp256r1"), KeyPurposes.Signature, scal, authMode, pin, otp, multisign, otpChannel);

    public static CredentialRequest Rsa(int size = 2048, string purpose = KeyPurposes.Signature) =>
        new($"RSA-{size}", new KeyTemplate("RSA", Size: size), purpose, "1", "explicit", true, false);

    public static byte[] Digest() => RandomNumberGenerator.GetBytes(32);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync();
            await _server.DisposeAsync();
        }

        Operator.Dispose();
        foreach (FakeSam sam in Sams)
        {
            await sam.DisposeAsync();
        }

        await Authorization.DisposeAsync();
        await Pki.DisposeAsync();
        NpgsqlConnection.ClearAllPools(); // The idle ones of this world's database would stay for minutes, and the cluster's are counted.
        _folder.Delete(recursive: true);
    }
}
