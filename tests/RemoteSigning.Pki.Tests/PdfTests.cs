using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>A certificate of the signature profile in the hands of a PDF program: NSS checks chain, usage and OCSP.</summary>
[TestFixture]
internal sealed class PdfTests
{
    private string _database = null!; // Set for each test.

    [SetUp]
    public void SetUp()
    {
        string folder = PkiWorld.In($"nss-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder, OwnerOnly.Folder);
        _database = $"sql:{folder}";
        Commands.Run("certutil", ["-N", "-d", _database, "--empty-password"]);
        Commands.Run("certutil", ["-A", "-d", _database, "-n", "root", "-t", "CT,C,C", "-a", "-i", PkiWorld.RootPem]);
    }

    [Test]
    public async Task Pdfsig_GoodCertificate_IsTrusted()
    {
        using X509Certificate2 certificate = await ImportAsync();
        string verdict = Verify(Sign());
        Assert.That(verdict, Does.Contain("Signature is Valid").And.Contain("Certificate is Trusted"));
    }

    [Test]
    public async Task Pdfsig_RevokedCertificate_IsNotTrusted()
    {
        using X509Certificate2 certificate = await ImportAsync();
        string signed = Sign();
        (await Requests.RevokeAsync(certificate.SerialNumber, reason: 1)).Dispose();
        Assert.That(Verify(signed), Does.Contain("Signature is Valid").And.Contain("Certificate has been Revoked"));
    }

    private async Task<X509Certificate2> ImportAsync()
    {
        using RSA key = RSA.Create(2048);
        X509Certificate2 certificate = await Requests.EnrollAsync(Requests.New(key).CreateSigningRequest());
        string keyFile = PkiWorld.In("pdf.key");
        string bundle = PkiWorld.In($"{Guid.NewGuid():N}.p12");
        OwnerOnly.Write(keyFile, key.ExportPkcs8PrivateKeyPem());
        Openssl.Run(
            "pkcs12", "-export", "-inkey", keyFile, "-in", Openssl.Write(certificate), "-certfile", PkiWorld.IssuingPem,
            "-name", "signer", "-passout", "pass:sample", "-out", bundle);
        Commands.Run("pk12util", ["-i", bundle, "-d", _database, "-W", "sample", "-K", ""]);
        return certificate;
    }

    private string Sign()
    {
        string document = Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf");
        string signed = PkiWorld.In($"{Guid.NewGuid():N}.pdf");
        Commands.Run("pdfsig", ["-nssdir", _database, "-nick", "signer", "-add-signature", document, signed]);
        return signed;
    }

    private string Verify(string file) => Commands.Run("pdfsig", ["-nssdir", _database, file]);
}
