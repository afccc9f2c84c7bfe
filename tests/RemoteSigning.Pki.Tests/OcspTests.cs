using System.Formats.Asn1;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>Three clients that are not ours, then what they never send.</summary>
[TestFixture]
internal sealed class OcspTests
{
    [TestCase("-sha1")]
    [TestCase("-sha256")]
    public async Task Openssl_GoodCertificate_SaysGood(string hash)
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        CommandResult answer = AskOpenssl(PkiWorld.IssuingPem, hash, "-cert", Openssl.Write(certificate));
        Assert.That(answer.Error, Does.Contain("Response verify OK").And.Not.Contain("nonce"));
        Assert.That(answer.Output, Does.Match(@"\.pem: good\s+This Update: .*\s+Next Update: "));
    }

    [Test]
    public async Task Openssl_RevokedCertificate_SaysRevokedWithReasonAndTime()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        (await Requests.RevokeAsync(certificate.SerialNumber, reason: 1)).Dispose();
        CommandResult answer = AskOpenssl(PkiWorld.IssuingPem, "-cert", Openssl.Write(certificate));
        Assert.That(answer.Error, Does.Contain("Response verify OK"));
        Assert.That(answer.Output, Does.Match(@"\.pem: revoked[\s\S]*Reason: keyCompromise\s+Revocation Time: "));
    }

    [Test]
    public async Task Openssl_RevokedWithoutReason_SaysNoReason()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        (await Requests.RevokeAsync(certificate.SerialNumber)).Dispose();
        CommandResult answer = AskOpenssl(PkiWorld.IssuingPem, "-cert", Openssl.Write(certificate));
        Assert.That(answer.Output, Does.Contain(": revoked").And.Not.Contain("Reason:"));
    }

    [Test]
    public void Openssl_UnknownSerial_SaysUnknown()
    {
        CommandResult answer = AskOpenssl(PkiWorld.IssuingPem, "-serial", "0x1234567890");
        Assert.That(answer.Error, Does.Contain("Response verify OK"));
        Assert.That(answer.Output, Does.Contain(": unknown"));
    }

    [Test]
    public void Openssl_IssuingCertificate_IsGoodUnderTheRoot()
    {
        CommandResult answer = AskOpenssl(PkiWorld.RootPem, "-cert", PkiWorld.IssuingPem);
        Assert.That(answer.Error, Does.Contain("Response verify OK"));
        Assert.That(answer.Output, Does.Contain(": good"));
    }

    [Test]
    public async Task Openssl_ManyCertificates_GetsEachAnswer()
    {
        using X509Certificate2 good = await Requests.EnrollAsync(Requests.Good());
        using X509Certificate2 revoked = await Requests.EnrollAsync(Requests.Good());
        (await Requests.RevokeAsync(revoked.SerialNumber, reason: 4)).Dispose();
        CommandResult answer = AskOpenssl(
            PkiWorld.IssuingPem, "-cert", Openssl.Write(good), "-cert", Openssl.Write(revoked), "-serial", "0x42");
        Assert.That(answer.Error, Does.Contain("Response verify OK"));
        Assert.That(answer.Output, Does.Match(@"(?s): good.*: revoked.*superseded.*: unknown"));
    }

    [Test]
    public async Task Ocsptool_GoodThenRevoked_VerifiesBoth()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        string file = Openssl.Write(certificate);
        Assert.That(AskOcsptool(file), Does.Contain("Certificate Status: good").And.Contain("Verifying OCSP Response: Success"));
        (await Requests.RevokeAsync(certificate.SerialNumber, reason: 3)).Dispose();
        Assert.That(AskOcsptool(file), Does.Contain("Certificate Status: revoked"));
    }

    [Test]
    public async Task Post_CachedGoodThenRevoked_SaysRevokedAtOnce()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        byte[] request = Request([Identifier(certificate.SerialNumber)]);
        byte[] good = await AskAsync(request);
        byte[] again = await AskAsync(request);
        (await Requests.RevokeAsync(certificate.SerialNumber, reason: 1)).Dispose();
        byte[] revoked = await AskAsync(request);
        Assert.That(again, Is.EqualTo(good), "the second answer comes from the cache");
        Assert.That(Describe(good), Does.Contain("Cert Status: good"));
        Assert.That(Describe(revoked), Does.Contain("Cert Status: revoked"));
    }

    [Test]
    public async Task Get_RequestInPath_IsAnsweredWithOrWithoutEscapedSlashes()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        byte[] request = WithSlashAndPlus(certificate.SerialNumber);
        string text = Convert.ToBase64String(request);
        foreach (string path in new[] { Uri.EscapeDataString(text), text.Replace("+", "%2B", StringComparison.Ordinal), text })
        {
            using HttpResponseMessage answer = await PkiWorld.PublicClient.GetAsync($"/ocsp/{path}");
            Assert.That(answer.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue("application/ocsp-response")));
            Assert.That(Describe(await answer.Content.ReadAsByteArrayAsync()), Does.Contain("Cert Status: good"));
        }
    }

    [TestCase(1)]
    [TestCase(16)]
    [TestCase(32)]
    public async Task Post_Nonce_ComesBack(int length)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(length);
        string answer = Convert.ToHexString(await AskAsync(Request([Identifier("42")], nonce)));
        Assert.That(answer, Does.Contain(Convert.ToHexString(nonce)));
    }

    [Test]
    public async Task Post_WithoutNonce_AnswersWithoutExtensions()
    {
        string text = Describe(await AskAsync(Request([Identifier("43")])));
        Assert.That(text, Does.Not.Contain("Response Extensions").And.Contain("Response Type: Basic OCSP Response"));
    }

    [TestCase(0)]
    [TestCase(33)]
    public async Task Post_NonceOfOtherLength_IsMalformed(int length) =>
        AssertMalformed(await AskAsync(Request([Identifier("42")], new byte[length])));

    [Test]
    public async Task Post_ForeignIssuer_IsUnknown()
    {
        byte[] foreign = Identifier(PkiWorld.Issuing.SerialNumber, name: "CN=Somebody else");
        Assert.That(Describe(await AskAsync(Request([foreign]))), Does.Contain("Cert Status: unknown"));
    }

    [Test]
    public async Task Post_SerialOfTheOtherCa_IsUnknown() => Assert.That(
        Describe(await AskAsync(Request([Identifier(PkiWorld.Issuing.SerialNumber)]))), Does.Contain("Cert Status: unknown"));

    [Test]
    public async Task Post_CriticalUnknownExtension_IsMalformed() =>
        AssertMalformed(await AskAsync(Request([Identifier("42")], nonce: null, unknownCritical: true)));

    [Test]
    public async Task Post_TwentyCertificates_AreAnsweredAndMoreAreMalformed()
    {
        byte[][] identifiers = [.. Enumerable.Range(1, 21).Select(i => Identifier($"{i:X2}"))];
        Assert.That(Describe(await AskAsync(Request(identifiers[..20]))).Split("Cert Status: unknown"), Has.Length.EqualTo(21));
        AssertMalformed(await AskAsync(Request(identifiers)));
        AssertMalformed(await AskAsync(Request([])));
    }

    [Test]
    public async Task Post_CutShortAnywhere_IsMalformed()
    {
        byte[] request = Request([Identifier("42")], new byte[16]);
        for (int length = 0; length < request.Length; length++)
        {
            AssertMalformed(await AskAsync(request[..length]));
        }

        AssertMalformed(await AskAsync([.. request, 0]));
    }

    [Test]
    public async Task Get_NotBase64_IsMalformed()
    {
        using HttpResponseMessage answer = await PkiWorld.PublicClient.GetAsync("/ocsp/$$$");
        AssertMalformed(await answer.Content.ReadAsByteArrayAsync());
    }

    [Test]
    public async Task Post_Answer_HasExactlyOneResponderCertificateOfTheIssuerAsked()
    {
        string issuing = Describe(await AskAsync(Request([Identifier("44")])));
        string root = Describe(await AskAsync(Request([Identifier("44", PkiWorld.Root)])));
        Assert.That(issuing.Split("BEGIN CERTIFICATE"), Has.Length.EqualTo(2));
        Assert.That(root.Split("BEGIN CERTIFICATE"), Has.Length.EqualTo(2));
        Assert.That(issuing, Does.Contain("Issuer: O=Example Trust, CN=Example Trust Issuing CA"));
        Assert.That(root, Does.Contain("Issuer: O=Example Trust, CN=Example Trust Root CA"));
    }

    private static CommandResult AskOpenssl(string issuer, params string[] arguments) => Openssl.Try(
        ["ocsp", "-issuer", issuer, .. arguments, "-url", $"{PkiWorld.PublicUrl}/ocsp", "-CAfile", PkiWorld.RootPem, "-verify_other", PkiWorld.IssuingPem]);

    private static string AskOcsptool(string certificate)
    {
        CommandResult result = Commands.Try(
            "ocsptool",
            [
                $"--ask={PkiWorld.PublicUrl}/ocsp", "--nonce", "--load-issuer", PkiWorld.IssuingPem, "--load-cert", certificate,
                "--load-trust", PkiWorld.IssuingPem,
            ]);
        return result.Output + result.Error;
    }

    private static async Task<byte[]> AskAsync(byte[] request)
    {
        using var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/ocsp-request");
        using HttpResponseMessage answer = await PkiWorld.PublicClient.PostAsync("/ocsp", content);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await answer.Content.ReadAsByteArrayAsync();
    }

    private static string Describe(byte[] answer) =>
        Openssl.Run("ocsp", "-respin", Openssl.Write(answer, ".ors"), "-resp_text", "-noverify");

    private static void AssertMalformed(byte[] answer) => Assert.That(answer, Is.EqualTo(new byte[] { 0x30, 0x03, 0x0A, 0x01, 0x01 }));

    private static byte[] Identifier(string serialNumber, X509Certificate2? issuer = null, string? name = null)
    {
        issuer ??= PkiWorld.Issuing;
        byte[] nameDer = name is null ? issuer.SubjectName.RawData : new X500DistinguishedName(name).RawData;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                writer.WriteNull();
            }

            writer.WriteOctetString(SHA256.HashData(nameDer));
            writer.WriteOctetString(SHA256.HashData(issuer.PublicKey.EncodedKeyValue.RawData));
            writer.WriteIntegerUnsigned(Convert.FromHexString(serialNumber));
        }

        return writer.Encode();
    }

    private static byte[] Request(byte[][] identifiers, byte[]? nonce = null, bool unknownCritical = false)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                foreach (byte[] identifier in identifiers)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteEncodedValue(identifier);
                    }
                }
            }

            if (nonce is not null || unknownCritical)
            {
                WriteExtension(writer, nonce, unknownCritical);
            }
        }

        return writer.Encode();
    }

    private static void WriteExtension(AsnWriter writer, byte[]? nonce, bool unknownCritical)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        value.WriteOctetString(nonce ?? []);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(unknownCritical ? "1.3.6.1.4.1.32473.1" : "1.3.6.1.5.5.7.48.1.2");
            if (unknownCritical)
            {
                writer.WriteBoolean(true);
            }

            writer.WriteOctetString(value.Encode());
        }
    }

    /// <summary>A request whose base64 has what paths must escape; the nonce is varied until it does.</summary>
    private static byte[] WithSlashAndPlus(string serialNumber)
    {
        while (true)
        {
            byte[] request = Request([Identifier(serialNumber)], RandomNumberGenerator.GetBytes(32));
            string text = Convert.ToBase64String(request);
            if (text.Contains('/', StringComparison.Ordinal) && text.Contains('+', StringComparison.Ordinal))
            {
                return request;
            }
        }
    }
}
