using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>The running system, called as its clients call it: over TLS, with the real PIN check, audit and fsync.</summary>
internal sealed class ServiceCaller : IDisposable
{
    private readonly RunningSandbox _sandbox;
    private readonly CscCaller _csc;
    private readonly HttpClient _asSsa;

    /// <param name="csc">Signed in to the same sandbox.</param>
    public ServiceCaller(RunningSandbox sandbox, CscCaller csc)
    {
        _sandbox = sandbox;
        _csc = csc;
        _asSsa = OperatorClient.CreateHttp(sandbox.Description.TlsRoot, sandbox.Description.SamClients.Ssa);
    }

    private SandboxDescription.Signer Signer => _sandbox.Description.Signers[0];

    /// <summary>
    /// SAM <c>/signatures</c>. The SADs are minted beforehand and not measured; in small lots, because a SAD
    /// lives 60 s at most.
    /// </summary>
    public async Task<Measurement> SamAsync(string key, int callers, int operations)
    {
        const int lot = 20;
        SandboxDescription.Credential credential = Credential(key);
        KeyPair pair = ReadKeyPair(credential.Id);
        byte[] publicKey = PublicKeyOf(pair);
        SamStatus status = (await _asSsa.GetFromJsonAsync(
            $"{_sandbox.Description.Sam}/sam/v1/status", SamJson.Default.SamStatus))!;
        Transaction transaction = await PostAsync(
            $"{_sandbox.Description.Authorization}/authorization/v1/transactions",
            new TransactionRequest(_csc.Token, credential.Id, operations, Pin: SampleSigner.Pin),
            AuthorizationJson.Default.TransactionRequest,
            AuthorizationJson.Default.Transaction);
        byte[][] hashes = [.. Enumerable.Range(0, operations).Select(_ => RandomNumberGenerator.GetBytes(32))];
        var sads = new string[operations];
        var times = new double[operations];
        double seconds = 0;
        for (int from = 0; from < operations; from += lot)
        {
            int to = Math.Min(operations, from + lot);
            await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (n, _) =>
                sads[n] = await MintAsync(credential.Id, transaction.Sad, status, key, hashes[n]));
            seconds += await Load.TimeAsync(callers, from, to, times, async n =>
            {
                byte[] signature = await SignAsync(pair, sads[n], key, hashes[n]);
                return () => Check(publicKey, hashes[n], signature, "the SAM");
            });
        }

        return Measurement.Of("SAM /signatures", key, callers, seconds, times);
    }

    /// <summary>CSC <c>credentials/authorize</c> and <c>signatures/signHash</c>.</summary>
    public Task<Measurement> CscAsync(string key, int callers, int operations)
    {
        SandboxDescription.Credential credential = Credential(key);
        byte[] publicKey = PublicKeyOf(ReadKeyPair(credential.Id));
        return Load.RunAsync("CSC authorize + signHash", key, callers, operations, _ => _csc.SignAsync(credential, publicKey, 1));
    }

    /// <summary><c>C_Sign</c> in one process through the module, the agent and all behind it.</summary>
    public Measurement Card(string key, int callers, int operations)
    {
        byte[] publicKey = PublicKeyOf(ReadKeyPair(Credential(key).Id));
        return CardRun.Measure(_sandbox.Description, key, callers, operations, publicKey);
    }

    public void Dispose() => _asSsa.Dispose();

    private async Task<string> MintAsync(string credential, string sad, SamStatus status, string key, byte[] hash)
    {
        Activation activation = await PostAsync(
            $"{_sandbox.Description.Authorization}/authorization/v1/activations",
            new ActivationRequest(_csc.Token, sad, credential, status.Node, status.Epoch, [new ActivationEntry(Algorithm(key), null, hash)]),
            AuthorizationJson.Default.ActivationRequest,
            AuthorizationJson.Default.Activation);
        return activation.SamSad;
    }

    private async Task<byte[]> SignAsync(KeyPair pair, string sad, string key, byte[] hash)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_sandbox.Description.Sam}/sam/v1/signatures");
        request.Headers.Add(SadClaims.HeaderName, sad);
        request.Content = JsonContent.Create(
            new SignaturesRequest([new SignatureRequest(hash)], pair, new Contracts.Sam.Signer(Signer.Id), Algorithm(key)),
            SamJson.Default.SignaturesRequest);
        using HttpResponseMessage response = await _asSsa.SendAsync(request);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync(SamJson.Default.Signatures))!.Values[0];
    }

    private static string Algorithm(string key) => key == "P-256" ? Oids.EcdsaWithSha256 : Oids.Sha256WithRsa;

    private static byte[] PublicKeyOf(KeyPair pair)
    {
        PemFields fields = PemEncoding.Find(pair.PublicKey);
        return Convert.FromBase64String(pair.PublicKey[fields.Base64Data]);
    }

    private static void Check(byte[] publicKey, byte[] hash, byte[] signature, string who)
    {
        if (!Signatures.Verify(publicKey, hash, signature, der: true))
        {
            throw new BenchmarkException($"A signature of {who} does not verify.");
        }
    }

    private static async Task EnsureAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new BenchmarkException($"{response.RequestMessage?.RequestUri}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private SandboxDescription.Credential Credential(string key) => Signer.Credentials.First(c => c.Algorithm == key);

    /// <summary>The sealed key object, which only the server's database has.</summary>
    private KeyPair ReadKeyPair(string credential)
    {
        const string query =
            "select key_version, key_id, encode(convert_to(public_key, 'UTF8'), 'base64'), encode(sealed_key, 'base64') from server.credentials where id = ";
        Dictionary<string, string> connection = _sandbox.Description.Database.Split(';')
            .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        string row = Commands.Run(
            "psql",
            ["-h", connection["Host"], "-U", connection["Username"], "-d", connection["Database"], "-A", "-t", "-R", "", "-c", $"{query}'{credential}'"],
            new Dictionary<string, string> { ["PGPASSWORD"] = connection["Password"] });
        string[] fields = row.ReplaceLineEndings("").Split('|');
        return new KeyPair(
            int.Parse(fields[0], System.Globalization.CultureInfo.InvariantCulture),
            fields[1],
            Encoding.UTF8.GetString(Convert.FromBase64String(fields[2])),
            Convert.FromBase64String(fields[3]));
    }

    private async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string address, TRequest body, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType)
    {
        using HttpResponseMessage response = await _asSsa.PostAsJsonAsync(address, body, requestType);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync(answerType))!;
    }
}
