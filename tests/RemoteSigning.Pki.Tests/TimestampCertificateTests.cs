using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>The time-stamping authority's certificate, and its address in those of signers.</summary>
[TestFixture]
internal sealed class TimestampCertificateTests
{
    private const string AdobeTimestamp = "1.2.840.113583.1.1.9.1";

    [Test]
    public void Certificate_AfterCeremony_HasExactlyItsExtensions()
    {
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        string start = Time(certificate.NotBefore);
        string end = Time(PkiWorld.Service<TimestampIdentity>().KeyEnd.UtcDateTime);
        Assert.That(certificate.Subject, Is.EqualTo("CN=Example Trust TSA, O=Example Trust"));
        Assert.That(certificate.IssuerName.RawData, Is.EqualTo(PkiWorld.Issuing.SubjectName.RawData));
        Assert.That(certificate.NotAfter, Is.EqualTo(PkiWorld.Issuing.NotAfter));
        Assert.That(
            Extensions.Describe(certificate),
            Is.EqualTo(new[]
            {
                "basicConstraints critical CA:FALSE",
                "keyUsage critical DigitalSignature",
                "extKeyUsage critical 1.3.6.1.5.5.7.3.8",
                $"subjectKeyIdentifier {Extensions.KeyId(certificate)}",
                $"authorityKeyIdentifier {Extensions.KeyId(PkiWorld.Issuing)}",
                $"authorityInfoAccess ocsp {PkiWorld.PublicUrl}/ocsp, issuer {PkiWorld.PublicUrl}/ca/issuing.crt",
                $"crlDistributionPoints {PkiWorld.PublicUrl}/crl/issuing.crl",
                $"2.5.29.16 3022800F{start}810F{end}",
                $"1.3.6.1.5.5.7.1.11 {Access(PkiWorld.PublicUrl + "/tsa")}",
            }));
    }

    [Test]
    public async Task Certificate_CheckedByOpenssl_IsStrictlyValidForTimestampsOnly()
    {
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        string file = Openssl.Write(certificate);
        string[] chain = ["-x509_strict", "-CAfile", PkiWorld.RootPem, "-untrusted", PkiWorld.IssuingPem];
        string lists = await Openssl.RevocationListsAsync();
        Assert.That(
            Openssl.Run(["verify", "-purpose", "timestampsign", "-crl_check_all", "-CRLfile", lists, .. chain, file]), Does.Contain("OK"));
        foreach (string purpose in new[] { "sslclient", "sslserver", "smimesign" })
        {
            Assert.That(Openssl.Try(["verify", "-purpose", purpose, .. chain, file]).ExitCode, Is.Not.Zero, purpose);
        }

        string text = Openssl.Run("x509", "-in", file, "-noout", "-text");
        Assert.That(text, Does.Contain($"AD Time Stamping - URI:{PkiWorld.PublicUrl}/tsa").And.Contain("X509v3 Private Key Usage Period"));
    }

    [Test]
    public void Certificate_Status_IsGood()
    {
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        CommandResult answer = Openssl.Try(
            "ocsp", "-issuer", PkiWorld.IssuingPem, "-cert", Openssl.Write(certificate), "-url", $"{PkiWorld.PublicUrl}/ocsp",
            "-CAfile", PkiWorld.RootPem);
        Assert.That(answer.Error, Does.Contain("Response verify OK"));
        Assert.That(answer.Output, Does.Contain(": good"));
    }

    [Test]
    public async Task Signer_ForSignatures_NamesTheAddressForAcrobat()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        X509Extension extension = certificate.Extensions.Single(e => e.Oid!.Value == AdobeTimestamp);
        AsnReader outer = new(extension.RawData, AsnEncodingRules.DER);
        AsnReader content = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        Assert.That(extension.Critical, Is.False);
        Assert.That(content.ReadInteger(), Is.EqualTo(System.Numerics.BigInteger.One));
        Assert.That(
            content.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6)),
            Is.EqualTo($"{PkiWorld.PublicUrl}/tsa"));
        content.ThrowIfNotEmpty();
    }

    [Test]
    public async Task Signer_ForAuthentication_NamesNone()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good(), "authentication");
        Assert.That(certificate.Extensions.Any(e => e.Oid!.Value == AdobeTimestamp), Is.False);
    }

    [TestCase("", true)]
    [TestCase(PkiWorld.TimestampPolicy, false)]
    public void Signer_NotOfferedOrNotWanted_NamesNone(string policy, bool wanted)
    {
        var profiles = new CertificateProfiles(new()
        {
            PublicUrl = PkiWorld.Options.PublicUrl,
            Timestamping = new() { Policy = policy, AddressInCertificates = wanted },
        });
        CertificateRequest request = profiles.Signer("signature", CertificationRequest.Read(Requests.Good()), PkiWorld.Issuing);
        Assert.That(request.CertificateExtensions.Any(e => e.Oid!.Value == AdobeTimestamp), Is.False);
    }

    private static string Time(DateTime time) => Convert.ToHexString(
        System.Text.Encoding.ASCII.GetBytes(time.ToUniversalTime().ToString("yyyyMMddHHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture)));

    private static string Access(string address)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.3");
            writer.WriteCharacterString(UniversalTagNumber.IA5String, address, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return Convert.ToHexString(writer.Encode());
    }
}
