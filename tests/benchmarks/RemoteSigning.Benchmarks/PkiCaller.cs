using System.Formats.Asn1;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Asks a PKI for time stamps and OCSP answers, each with a nonce, so that none comes from a cache. OpenSSL makes the
/// first request of each kind, of which the others differ in the nonce, and verifies the last answer.
/// </summary>
internal sealed class PkiCaller
{
    private const int NonceLength = 8;

    private readonly PkiProcess _pki;
    private readonly byte[] _ocspRequest;

    private PkiCaller(PkiProcess pki, byte[] ocspRequest)
    {
        _pki = pki;
        _ocspRequest = ocspRequest;
    }

    /// <summary>How many tokens were given.</summary>
    public int Tokens { get; private set; }

    public static async Task<PkiCaller> PrepareAsync(PkiProcess pki)
    {
        byte[] reply = await SendAsync(pki.Http, "/tsa", "timestamp-query", TimestampRequest());
        string certificate = pki.Write("tsa.pem", System.Text.Encoding.ASCII.GetBytes(Certificate(pki, reply)));
        string request = pki.Write("request.orq", []);
        Commands.Run("openssl", ["ocsp", "-issuer", pki.Issuing, "-cert", certificate, "-nonce", "-reqout", request]);
        return new PkiCaller(pki, await File.ReadAllBytesAsync(request)) { Tokens = 1 };
    }

    /// <summary>The same requests to a server that does nothing.</summary>
    public static async Task<Measurement> AskAsync(EmptyServer server, string key, int callers, int operations)
    {
        for (int warm = 0; warm < 100; warm++)
        {
            await SendAsync(server.Http, "/tsa", "timestamp-query", TimestampRequest());
        }

        return await Load.RunAsync("empty round trip", key, callers, operations, async _ =>
        {
            await SendAsync(server.Http, "/tsa", "timestamp-query", TimestampRequest());
            return null;
        });
    }

    public async Task<Measurement> StampAsync(string key, int callers, int operations)
    {
        byte[] last = [], lastRequest = [];
        Measurement measured = await Load.RunAsync("time stamps", key, callers, operations, async _ =>
        {
            byte[] request = TimestampRequest();
            byte[] reply = await SendAsync(_pki.Http, "/tsa", "timestamp-query", request);
            (last, lastRequest) = (reply, request);
            return () => CheckGranted(reply);
        });
        Tokens += operations;
        string verdict = Commands.Run(
            "openssl",
            ["ts", "-verify", "-queryfile", _pki.Write("last.tsq", lastRequest), "-in", _pki.Write("last.tsr", last), "-CAfile", _pki.Root]);
        return verdict.Contains("Verification: OK", StringComparison.Ordinal)
            ? measured
            : throw new BenchmarkException($"A time stamp does not verify: {verdict}");
    }

    public async Task<Measurement> AskStatusAsync(string key, int callers, int operations)
    {
        byte[] last = [];
        Measurement measured = await Load.RunAsync("OCSP answers", key, callers, operations, async _ =>
        {
            byte[] request = [.. _ocspRequest];
            RandomNumberGenerator.Fill(request.AsSpan()[^NonceLength..]);
            byte[] answer = await SendAsync(_pki.Http, "/ocsp", "ocsp-request", request);
            last = answer;
            return () => CheckSuccessful(answer, request.AsSpan()[^NonceLength..]);
        });
        CommandResult verdict = Commands.Try(
            "openssl",
            ["ocsp", "-respin", _pki.Write("last.ors", last), "-issuer", _pki.Issuing, "-CAfile", _pki.Root, "-no_nonce", "-resp_text"]);
        return verdict.Error.Contains("Response verify OK", StringComparison.Ordinal) && verdict.Output.Contains("Cert Status: good", StringComparison.Ordinal)
            ? measured
            : throw new BenchmarkException($"An OCSP answer does not verify: {verdict.Error}");
    }

    private static async Task<byte[]> SendAsync(HttpClient http, string path, string type, byte[] request)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue($"application/{type}");
        using HttpResponseMessage answer = await http.PostAsync(path, content);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode ? body : throw new BenchmarkException($"{path} answered {(int)answer.StatusCode}.");
    }

    private static byte[] TimestampRequest()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                }

                writer.WriteOctetString(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
            }

            writer.WriteInteger(RandomNumberGenerator.GetInt32(int.MaxValue));
            writer.WriteBoolean(true);
        }

        return writer.Encode();
    }

    private static string Certificate(PkiProcess pki, byte[] reply)
    {
        string token = pki.Write("first.tst", []);
        Commands.Run("openssl", ["ts", "-reply", "-in", pki.Write("first.tsr", reply), "-token_out", "-out", token]);
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Commands.Run("openssl", ["pkcs7", "-inform", "DER", "-in", token, "-print_certs"]));
        return certificates.Single(c => c.Subject.Contains("TSA", StringComparison.Ordinal)).ExportCertificatePem();
    }

    private static void CheckGranted(byte[] reply)
    {
        if (new AsnReader(reply, AsnEncodingRules.DER).ReadSequence().ReadSequence().ReadInteger() != 0)
        {
            throw new BenchmarkException("A time stamp was refused.");
        }
    }

    private static void CheckSuccessful(byte[] answer, ReadOnlySpan<byte> nonce)
    {
        byte[] status = new AsnReader(answer, AsnEncodingRules.DER).ReadSequence().ReadEnumeratedBytes().ToArray();
        if (status is not [0] || answer.AsSpan().IndexOf(nonce) < 0)
        {
            throw new BenchmarkException("OCSP did not answer the request.");
        }
    }
}
