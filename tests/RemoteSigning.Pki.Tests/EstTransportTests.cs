using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>EST as a third-party client sees it, and who is let in.</summary>
[TestFixture]
internal sealed class EstTransportTests
{
    [Test]
    public void Curl_WithRegisteredCertificate_Enrolls()
    {
        string request = Openssl.Write(Convert.ToBase64String(Requests.Good()), ".b64");
        string headers = PkiWorld.In("headers.txt");
        string body = PkiWorld.In("body.b64");
        Curl(
            PkiWorld.RegistrationAuthority, "/.well-known/est/authentication/simpleenroll", "--fail", "-D", headers, "-o", body,
            "-H", "Content-Type: application/pkcs10", "--data-binary", $"@{request}");
        string[] lines = File.ReadAllLines(headers);
        Assert.That(lines, Does.Contain("Content-Type: application/pkcs7-mime; smime-type=certs-only").IgnoreCase);
        Assert.That(lines, Does.Contain("Content-Transfer-Encoding: base64").IgnoreCase);
        using X509Certificate2 certificate = Requests.Decode(File.ReadAllText(body)).Single();
        Assert.That(certificate.Subject, Does.Contain("Sample Signer"));
    }

    [Test]
    public void Curl_CaCerts_GivesTheChain()
    {
        CommandResult result = Curl(PkiWorld.RegistrationAuthority, "/.well-known/est/cacerts", "--fail", "-i");
        string[] parts = result.Output.Split("\r\n\r\n", 2);
        Assert.That(parts[0], Does.Contain("application/pkcs7-mime").IgnoreCase.And.Contain("Content-Transfer-Encoding: base64").IgnoreCase);
        X509Certificate2Collection chain = Requests.Decode(parts[1]);
        Assert.That(chain.Select(c => c.RawData), Is.EquivalentTo(new[] { PkiWorld.Issuing.RawData, PkiWorld.Root.RawData }));
    }

    [TestCase("/.well-known/est/cacerts")]
    [TestCase("/.well-known/est/simpleenroll")]
    [TestCase("/pki/v1/revocations")]
    public void Curl_WithoutCertificate_FailsInTheHandshake(string path) =>
        Assert.That(Curl(null, path).ExitCode, Is.Not.Zero);

    [TestCase("/.well-known/est/cacerts")]
    [TestCase("/.well-known/est/simpleenroll")]
    [TestCase("/pki/v1/revocations")]
    public void Curl_WithUnregisteredCertificate_FailsInTheHandshake(string path) =>
        Assert.That(Curl(PkiWorld.Unregistered, path).ExitCode, Is.Not.Zero);

    [Test]
    public async Task PublicListener_RestrictedFunctions_AreClosed()
    {
        using HttpResponseMessage certificates = await PkiWorld.PublicClient.GetAsync("/.well-known/est/cacerts");
        using HttpResponseMessage enrolled = await Requests.PostAsync(Requests.Good(), client: PkiWorld.PublicClient);
        using HttpResponseMessage revoked = await PkiWorld.PublicClient.PostAsJsonAsync(
            "/pki/v1/revocations", new RevocationRequest("01"), PkiJson.Default.RevocationRequest);
        foreach (HttpResponseMessage answer in new[] { certificates, enrolled, revoked })
        {
            Assert.That(
                await Requests.ProblemAsync(answer), Is.EqualTo((401, Problem.NotSignedIn, ProblemCodes.CertificateRequired)));
        }
    }

    [TestCase("/.well-known/est/simpleenroll", "application/pkcs10")]
    [TestCase("/pki/v1/revocations", "application/json")]
    public void Curl_HugeBody_IsRefusedAsTooLarge(string path, string type)
    {
        string file = Openssl.Write(new byte[10_000_000], ".bin");
        CommandResult result = Curl(
            PkiWorld.RegistrationAuthority, path, "-o", "/dev/null", "-w", "%{http_code}", "-H", $"Content-Type: {type}", "--data-binary", $"@{file}");
        Assert.That(result.Output, Is.EqualTo("413"));
    }

    [Test]
    public void Curl_HugeChunkedBody_IsRefusedAsTooLarge()
    {
        string file = Openssl.Write(new byte[10_000_000], ".bin");
        CommandResult result = Curl(
            PkiWorld.RegistrationAuthority, "/.well-known/est/simpleenroll", "-o", "/dev/null", "-w", "%{http_code}",
            "-H", "Content-Type: application/pkcs10", "-H", "Transfer-Encoding: chunked", "--data-binary", $"@{file}");
        Assert.That(result.Output, Is.EqualTo("413"));
    }

    [Test]
    public void Curl_HugeOcspRequest_IsRefusedAsTooLarge()
    {
        string file = Openssl.Write(new byte[10_000_000], ".bin");
        CommandResult result = Commands.Try(
            "curl",
            ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", $"@{file}", $"{PkiWorld.PublicUrl}/ocsp"]);
        Assert.That(int.Parse(result.Output, CultureInfo.InvariantCulture), Is.EqualTo(413));
    }

    private static CommandResult Curl(TlsIdentity? identity, string path, params string[] arguments) => Commands.Try(
        "curl",
        [
            "-s", "--http1.1", "--cacert", PkiWorld.TlsRoot,
            .. identity is null ? Array.Empty<string>() : ["--cert", identity.Certificate, "--key", identity.Key],
            .. arguments, PkiWorld.Url + path,
        ]);
}
