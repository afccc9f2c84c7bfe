using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// One request to <c>/signatures</c>, ready to be sent: its SAD is minted and its JSON written before the clock runs,
/// because that is the work of other machines.
/// </summary>
internal sealed class PreparedSignatures
{
    private const int LongestProblem = 500;

    private readonly byte[][] _digests;
    private readonly byte[] _body;
    private readonly string _sad;
    private byte[] _answer = [];

    public PreparedSignatures(SamProcess sam, string epoch, KeyPair pair, string algorithm, int count)
    {
        _digests = [.. Enumerable.Range(0, count).Select(_ => RandomNumberGenerator.GetBytes(32))];
        _body = JsonSerializer.SerializeToUtf8Bytes(
            new SignaturesRequest([.. _digests.Select(d => new SignatureRequest(d))], pair, new Signer(SamProcess.Signer), algorithm),
            SamJson.Default.SignaturesRequest);
        _sad = Mint(sam.SadKey, epoch, pair.KeyId, algorithm);
    }

    /// <summary>What the clock measures.</summary>
    public async Task SendAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sam/v1/signatures");
        request.Headers.TryAddWithoutValidation(SadClaims.HeaderName, _sad);
        request.Content = new ByteArrayContent(_body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await http.SendAsync(request);
        _answer = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode)
        {
            string problem = System.Text.Encoding.UTF8.GetString(_answer);
            throw new BenchmarkException($"/signatures: {problem[..Math.Min(problem.Length, LongestProblem)]}"); // A record of 1,000 digests is in it.
        }
    }

    /// <summary>Verifies each signature against the digest at its place.</summary>
    /// <exception cref="BenchmarkException">One is missing or wrong.</exception>
    public void Verify(byte[] publicKeyInfo)
    {
        Contracts.Sam.Signatures signed = JsonSerializer.Deserialize(_answer, SamJson.Default.Signatures)!; // Never the JSON null.
        bool good = signed.Values.Count == _digests.Length && signed.Audit is not null
            && Signatures.VerifyAll(publicKeyInfo, _digests.Zip(signed.Values), der: true);
        if (!good)
        {
            throw new BenchmarkException("A signature of the SAM is missing or does not verify.");
        }
    }

    private string Mint(ECDsa key, string epoch, string keyId, string algorithm)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string set = Base64Url.EncodeToString(ActivationSet.Digest(_digests.Select(d => new ActivationEntry(algorithm, null, d))));
        var content = new ActivationContent(
            ActivationContent.CurrentVersion,
            SamProcess.Node,
            epoch,
            "transaction-1",
            SamProcess.Signer,
            keyId,
            _digests.Length,
            set,
            "client-1",
            Base64Url.EncodeToString(SHA256.HashData("shown"u8)),
            now + 60);
        var claims = new SadClaims(
            SamProcess.AuthorizationServer,
            SamProcess.Node,
            epoch,
            Guid.NewGuid().ToString("N"),
            now,
            now + 60,
            AssuranceLevel.Substantial,
            ["pwd", "otp"],
            JsonSerializer.Serialize(content, ActivationJson.Default.ActivationContent));
        return CompactJws.Sign(SadClaims.JwsType, "any", JsonSerializer.SerializeToUtf8Bytes(claims, ActivationJson.Default.SadClaims), key);
    }
}
