using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>Programs that we did not write, against the card; each signs twice, and another program verifies.</summary>
public sealed class CardProgramsTests
{
    private static SandboxDescription Sandbox => SharedSandbox.Instance.Description;

    [Test]
    public void Pkcs11Tool_List_ShowsKeyPairAndCertificateOfEachCredential()
    {
        string beforeLogin = Pkcs11Tool("-O");
        string afterLogin = Pkcs11Tool("-O", "--login", "--pin", SampleSigner.Pin);

        int explicitOnes = SharedSandbox.First.Credentials.Count(c => c.AuthMode == "explicit");
        Assert.Multiple(() =>
        {
            Assert.That(Count(beforeLogin, "Private Key Object"), Is.Zero);
            Assert.That(Count(beforeLogin, "Public Key Object"), Is.EqualTo(explicitOnes));
            Assert.That(Count(beforeLogin, "Certificate Object"), Is.GreaterThan(explicitOnes), "own ones and the issuers");
            Assert.That(Count(afterLogin, "Private Key Object"), Is.EqualTo(explicitOnes));
        });
    }

    [TestCase("SHA256-RSA-PKCS", "RSA-2048", "sha256")]
    [TestCase("SHA512-RSA-PKCS", "RSA-4096", "sha512")]
    [TestCase("SHA256-RSA-PKCS-PSS", "RSA-2048", "sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1")]
    [TestCase("ECDSA-SHA256", "P-256", "sha256")]
    [TestCase("ECDSA-SHA384", "P-384", "sha384")]
    public async Task Pkcs11Tool_SignTwice_OpensslVerifies(string mechanism, string credential, string hash, params string[] options)
    {
        string folder = SharedSandbox.NewFolder();
        (string key, string id) = await PublicKeyAsync(SharedSandbox.Credential(credential), folder);
        for (int time = 1; time <= 2; time++)
        {
            string input = Path.Combine(folder, $"{time}.txt");
            string signature = Path.Combine(folder, $"{time}.sig");
            await File.WriteAllTextAsync(input, $"text {time}");
            string[] format = mechanism.StartsWith("ECDSA", StringComparison.Ordinal) ? ["--signature-format", "openssl"] : [];

            Pkcs11Tool(["--login", "--pin", SampleSigner.Pin, "--sign", "-m", mechanism, "--id", id, "-i", input, "-o", signature, .. format]);

            string verdict = Commands.Run(
                "openssl", ["dgst", $"-{hash}", "-verify", key, .. options, "-signature", signature, input]);
            Assert.That(verdict, Does.Contain("Verified OK"));
        }
    }

    [Test]
    public void Pkcs11Tool_WrongPin_IsTold()
    {
        CommandResult result = Commands.Try(
            "pkcs11-tool", ["--module", Sandbox.Pkcs11.Module, "--login", "--pin", "00000000", "-O"], Sandbox.Pkcs11.Environment);
        Pkcs11Tool("-O", "--login", "--pin", SampleSigner.Pin);

        Assert.That(result.Output + result.Error, Does.Contain("CKR_PIN_INCORRECT"));
    }

    [Test]
    public void P11tool_ListAll_ShowsTheToken()
    {
        string tokens = Commands.Run(
            "p11tool", ["--provider", Sandbox.Pkcs11.Module, "--list-all-certs", "pkcs11:token=Remote%20Signing"], Sandbox.Pkcs11.Environment);

        Assert.That(Count(tokens, "X.509 Certificate"), Is.GreaterThanOrEqualTo(SharedSandbox.First.Credentials.Count(c => c.AuthMode == "explicit")));
    }

    [Test]
    public void Java_SunPkcs11_SignsTwiceWithEveryKeyInOneProcess()
    {
        string folder = SharedSandbox.NewFolder();
        string configuration = Path.Combine(folder, "card.cfg");
        File.WriteAllText(configuration, $"name = Card\nlibrary = {Sandbox.Pkcs11.Module}\n");

        string output = Commands.Run(
            "java",
            [Path.Combine(Installation.Current.Root, "tests", "interop", "SignTwice.java"), configuration, SampleSigner.Pin],
            Sandbox.Pkcs11.Environment);

        int keys = SharedSandbox.First.Credentials.Count(c => c is { AuthMode: "explicit", Otp: false });
        Assert.Multiple(() =>
        {
            Assert.That(Count(output, "\tvalid"), Is.GreaterThanOrEqualTo(2 * keys), output);
            Assert.That(output, Does.Not.Contain("INVALID"));
        });
    }

    [Test]
    public void Pdfsig_SignTwice_BothVerifyAndTheResponderWasAsked()
    {
        string folder = SharedSandbox.NewFolder();
        var signer = new PdfSigner(Sandbox, Path.Combine(folder, "nss"), SampleSigner.Pin);
        string sample = Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf");
        string once = Path.Combine(folder, "once.pdf");
        string twice = Path.Combine(folder, "twice.pdf");
        string nickname = signer.Nickname("RSA-2048");

        signer.Sign(sample, once, nickname);
        signer.Sign(once, twice, nickname);

        string verdict = signer.Verify(twice);
        Assert.Multiple(() =>
        {
            Assert.That(Count(verdict, "Signature is Valid"), Is.EqualTo(2), verdict);
            Assert.That(Count(verdict, "Certificate is Trusted"), Is.EqualTo(2), verdict);
        });
    }

    private static string Pkcs11Tool(params string[] arguments) => Commands.Run(
        "pkcs11-tool", ["--module", Sandbox.Pkcs11.Module, .. arguments], Sandbox.Pkcs11.Environment);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    /// <summary>Writes the credential's public key as PEM; its CKA_ID in hex comes back too.</summary>
    private static async Task<(string File, string Id)> PublicKeyAsync(SandboxDescription.Credential credential, string folder)
    {
        using CscCaller caller = await CscCaller.LoginAsync(Sandbox, SharedSandbox.First);
        using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, credential.Id);
        byte[] publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        string file = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(file, new string(PemEncoding.Write("PUBLIC KEY", publicKey)));
        return (file, Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 20)));
    }
}
