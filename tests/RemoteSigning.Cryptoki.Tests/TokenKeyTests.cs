using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class TokenKeyTests
{
    private static readonly byte[] Data = [1, 2, 3];

    [Test]
    public void OpenRsa_CertificateRequest_IsAcceptedByTheBcl()
    {
        byte[] publicKey = SharedToken.Hsm.GenerateRsa("rsa-bcl", 2048);
        using RSA key = SharedToken.Hsm.OpenRsa("rsa-bcl");
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, [1]);

        Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(publicKey));
        Assert.That(
            () => CertificateRequest.LoadSigningRequest(request.CreateSigningRequest(), HashAlgorithmName.SHA256), Throws.Nothing);
    }

    [TestCase("nistP256")]
    [TestCase("nistP384")]
    [TestCase("nistP521")]
    public void OpenEcdsa_CertificateRequest_IsAcceptedByTheBcl(string curve)
    {
        byte[] publicKey = SharedToken.Hsm.GenerateEcdsa($"ec-{curve}", ECCurve.CreateFromFriendlyName(curve));
        using ECDsa key = SharedToken.Hsm.OpenEcdsa($"ec-{curve}");
        var request = new CertificateRequest("CN=ec", key, HashAlgorithmName.SHA384);
        using X509Certificate2 certificate = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow, [1]);

        Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(publicKey));
        Assert.That(
            () => CertificateRequest.LoadSigningRequest(request.CreateSigningRequest(), HashAlgorithmName.SHA256), Throws.Nothing);
    }

    [Test]
    public void Hmac_SameKeyAndData_IsTheSameCode()
    {
        SharedToken.Hsm.GenerateHmacKey("hmac");

        byte[] code = SharedToken.Hsm.Hmac("hmac", Data);

        Assert.That(code, Has.Length.EqualTo(32));
        Assert.That(SharedToken.Hsm.Hmac("hmac", Data), Is.EqualTo(code));
        Assert.That(SharedToken.Hsm.Hmac("hmac", [1, 2]), Is.Not.EqualTo(code));
    }
}
