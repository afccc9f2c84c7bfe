using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Tests;

[TestFixture]
internal sealed class EnrollmentTests
{
    [TestCase("signature", "NonRepudiation", "1.3.6.1.5.5.7.3.4, 1.3.6.1.5.5.7.3.36", "1.2.840.113583.1.1.9.1")]
    [TestCase("authentication", "DigitalSignature", "1.3.6.1.5.5.7.3.2")]
    public async Task Enroll_InProfile_HasExactlyItsExtensions(string profile, string usage, string purposes, params string[] more)
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good(), profile);
        Assert.That(
            Extensions.Describe(certificate).Select(e => more.Contains(e.Split(' ')[0]) ? e.Split(' ')[0] : e),
            Is.EqualTo(new[]
            {
                "basicConstraints critical CA:FALSE",
                $"keyUsage critical {usage}",
                $"extKeyUsage {purposes}",
                $"subjectKeyIdentifier {Extensions.KeyId(certificate)}",
                $"authorityKeyIdentifier {Extensions.KeyId(PkiWorld.Issuing)}",
                $"authorityInfoAccess ocsp {PkiWorld.PublicUrl}/ocsp, issuer {PkiWorld.PublicUrl}/ca/issuing.crt",
                $"crlDistributionPoints {PkiWorld.PublicUrl}/crl/issuing.crl",
                "subjectAltName email:signer@example.com",
            }.Concat(more)));
    }

    [Test]
    public async Task Enroll_WithoutLabel_GivesSignatureProfile()
    {
        using HttpResponseMessage answer = await Requests.PostTextAsync(Convert.ToBase64String(Requests.Good()));
        using X509Certificate2 certificate = Requests.Decode(await answer.Content.ReadAsStringAsync()).Single();
        Assert.That(Extensions.Describe(certificate), Does.Contain("keyUsage critical NonRepudiation"));
    }

    [Test]
    public async Task Enroll_GoodRequest_CopiesSubjectAndKeyByteForByte()
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.New(key).CreateSigningRequest());
        Assert.That(certificate.SubjectName.RawData, Is.EqualTo(Requests.Subject.RawData));
        Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()));
        Assert.That(certificate.IssuerName.RawData, Is.EqualTo(PkiWorld.Issuing.SubjectName.RawData));
    }

    [Test]
    public async Task Enroll_GoodRequest_IsValidForTwoYearsFromNow()
    {
        DateTime now = DateTime.UtcNow;
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        Assert.That(certificate.NotBefore.ToUniversalTime(), Is.LessThanOrEqualTo(now));
        Assert.That(certificate.NotBefore.ToUniversalTime(), Is.GreaterThanOrEqualTo(PkiWorld.Issuing.NotBefore.ToUniversalTime()));
        Assert.That(certificate.NotAfter.ToUniversalTime(), Is.EqualTo(now.AddDays(730)).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Enroll_AllKeyTypes_AreStrictlyValidForOpenssl()
    {
        string lists = await Openssl.RevocationListsAsync();
        foreach (byte[] request in AllKeyTypes())
        {
            using X509Certificate2 certificate = await Requests.EnrollAsync(request);
            string verdict = Openssl.Run(
                "verify", "-x509_strict", "-crl_check_all", "-CAfile", PkiWorld.RootPem, "-untrusted", PkiWorld.IssuingPem,
                "-CRLfile", lists, Openssl.Write(certificate));
            Assert.That(verdict, Does.Contain("OK"));
        }
    }

    [Test]
    public async Task Enroll_RequestOfOpenssl_IsAccepted()
    {
        string key = PkiWorld.In("openssl-req.key");
        string request = PkiWorld.In("openssl-req.der");
        Openssl.Run(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", key, "-outform", "DER", "-out", request,
            "-utf8", "-subj", "/C=DE/O=Example/CN=Zoë Signer/emailAddress=signer@example.com", "-addext", "subjectAltName=email:signer@example.com");
        using X509Certificate2 certificate = await Requests.EnrollAsync(await File.ReadAllBytesAsync(request));
        Assert.That(certificate.GetNameInfo(X509NameType.SimpleName, false), Is.EqualTo("Zoë Signer"));
    }

    [Test]
    public async Task Enroll_RequestThatWantsMore_GetsTheProfileOnly()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Requests.New(key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.OtherRequestAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.7", [0x0C, 0x01, 0x61]));
        using X509Certificate2 certificate = await Requests.EnrollAsync(request.CreateSigningRequest());
        Assert.That(
            Extensions.Describe(certificate), Does.Contain("basicConstraints critical CA:FALSE").And.Contain("keyUsage critical NonRepudiation"));
    }

    [Test]
    public async Task Enroll_SameRequestTwice_GivesTwoCertificates()
    {
        byte[] request = Requests.Good();
        using X509Certificate2 first = await Requests.EnrollAsync(request);
        using X509Certificate2 second = await Requests.EnrollAsync(request);
        Assert.That(second.SerialNumber, Is.Not.EqualTo(first.SerialNumber));
    }

    [Test]
    public async Task Enroll_InParallel_GivesDistinctRecordedSerialNumbers()
    {
        byte[][] requests = [.. Enumerable.Range(0, 50).Select(_ => Requests.Good())];
        HttpResponseMessage[] answers = await Task.WhenAll(requests.Select(r => Requests.PostAsync(r)));
        var serials = new HashSet<string>();
        foreach (HttpResponseMessage answer in answers)
        {
            using X509Certificate2 certificate = Requests.Decode(await answer.Content.ReadAsStringAsync()).Single();
            Assert.That(serials.Add(certificate.SerialNumber), Is.True);
            Assert.That(certificate.SerialNumber, Has.Length.EqualTo(32));
            answer.Dispose();
        }

        await using PkiDatabase database = PkiWorld.OpenDatabase();
        Assert.That(await database.Certificates.CountAsync(c => serials.Contains(c.SerialNumber)), Is.EqualTo(50));
        Assert.That(
            await database.Events.CountAsync(e => serials.Contains(e.Object) && e.Actor == "ra-1" && e.Action == EventActions.CertificateIssued),
            Is.EqualTo(50));
    }

    [Test]
    public async Task Enroll_KeyOfOtherPurpose_IsRefused()
    {
        byte[] request = Requests.Good();
        (await Requests.EnrollAsync(request)).Dispose();
        using HttpResponseMessage answer = await Requests.PostAsync(request, "authentication");
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo((409, Problem.NotAllowed, ProblemCodes.Conflict)));
    }

    [Test]
    public async Task Enroll_CompromisedKey_IsRefused()
    {
        byte[] request = Requests.Good();
        using X509Certificate2 certificate = await Requests.EnrollAsync(request);
        using HttpResponseMessage revoked = await Requests.RevokeAsync(certificate.SerialNumber, reason: 1);
        revoked.EnsureSuccessStatusCode();
        using HttpResponseMessage answer = await Requests.PostAsync(request);
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo((409, Problem.NotAllowed, ProblemCodes.Conflict)));
    }

    private static IEnumerable<byte[]> AllKeyTypes()
    {
        foreach (int bits in new[] { 2048, 3072, 4096 })
        {
            using RSA rsa = RSA.Create(bits);
            yield return Requests.New(rsa).CreateSigningRequest();
        }

        foreach (ECCurve curve in new[] { ECCurve.NamedCurves.nistP256, ECCurve.NamedCurves.nistP384, ECCurve.NamedCurves.nistP521 })
        {
            using ECDsa ecdsa = ECDsa.Create(curve);
            yield return Requests.New(ecdsa).CreateSigningRequest();
        }
    }
}
