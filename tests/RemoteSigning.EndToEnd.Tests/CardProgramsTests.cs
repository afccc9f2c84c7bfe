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
            Assert.That(Count(beforeLogin, "Certificate Object"), Is.EqualTo(explicitOnes + 2), "own ones, issuing CA and root");
            Assert.That(Count(afterLogin, "Private Key Object"), Is.EqualTo(explicitOnes));
        });
    }

    /// <summary>Exactly what the server lets the keys do, in this order; no SHA-1 and no SHA-224.</summary>
    [Test]
    public void Pkcs11Tool_Mechanisms_AreWhatTheServerOffers()
    {
        string[] lines = Pkcs11Tool("-M").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1..];
        const string Rsa = "keySize={2048,16384}, hw, sign, verify", Ec = "keySize={256,521}, hw, sign, verify, EC F_P, EC OID, EC uncompressed";
        Assert.That(lines, Is.EqualTo(new[]
        {
            $"SHA256-RSA-PKCS, {Rsa}", $"SHA384-RSA-PKCS, {Rsa}", $"SHA512-RSA-PKCS, {Rsa}", $"RSA-PKCS, {Rsa}",
            $"SHA256-RSA-PKCS-PSS, {Rsa}", $"SHA384-RSA-PKCS-PSS, {Rsa}", $"SHA512-RSA-PKCS-PSS, {Rsa}", $"RSA-PKCS-PSS, {Rsa}",
            $"ECDSA-SHA256, {Ec}", $"ECDSA-SHA384, {Ec}", $"ECDSA-SHA512, {Ec}", $"ECDSA, {Ec}",
            "SHA256, digest", "SHA384, digest", "SHA512, digest", "SHA224, digest", "SHA-1, digest",
        }));
    }

    /// <summary>DigestInfo of SHA-1; MD5 and SHA-1 as in TLS before 1.2; and what is no digest at all.</summary>
    [TestCase("3021300906052b0e03021a05000414", 20)]
    [TestCase("", 36)]
    [TestCase("", 200)]
    public async Task Pkcs11Tool_RawDataThatNoKeyMaySign_AreRefused(string prefix, int length)
    {
        string folder = SharedSandbox.NewFolder();
        (_, string id) = await PublicKeyAsync(SharedSandbox.Credential("RSA-2048"), folder);
        string input = Path.Combine(folder, "data");
        await File.WriteAllBytesAsync(input, [.. Convert.FromHexString(prefix), .. new byte[length]]);
        CommandResult result = Commands.Try(
            "pkcs11-tool",
            ["--module", Sandbox.Pkcs11.Module, "--login", "--pin", SampleSigner.Pin, "--sign", "-m", "RSA-PKCS", "--id", id, "-i", input],
            Sandbox.Pkcs11.Environment);
        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Output + result.Error, Does.Contain("CKR_DATA_INVALID"));
    }

    [TestCase("SHA256-RSA-PKCS", "RSA-2048", "sha256")]
    [TestCase("SHA384-RSA-PKCS", "RSA-3072", "sha384")]
    [TestCase("SHA512-RSA-PKCS", "RSA-4096", "sha512")]
    [TestCase("SHA256-RSA-PKCS-PSS", "RSA-2048", "sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1")]
    [TestCase("SHA384-RSA-PKCS-PSS", "RSA-3072", "sha384", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1")]
    [TestCase("SHA512-RSA-PKCS-PSS", "RSA-4096", "sha512", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1")]
    [TestCase("ECDSA-SHA256", "P-256", "sha256")]
    [TestCase("ECDSA-SHA384", "P-384", "sha384")]
    [TestCase("ECDSA-SHA512", "P-384", "sha512")]
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
    public void P11tool_ListAll_ShowsEachCertificateOnce()
    {
        string listed = Commands.Run(
            "p11tool", ["--provider", Sandbox.Pkcs11.Module, "--list-all-certs", "pkcs11:token=Remote%20Signing"], Sandbox.Pkcs11.Environment);

        IEnumerable<string> labels = listed.Split('\n').Select(l => l.Trim())
            .Where(l => l.StartsWith("Label: ", StringComparison.Ordinal)).Select(l => l["Label: ".Length..]);
        IEnumerable<string> own = SharedSandbox.First.Credentials.Where(c => c.AuthMode == "explicit").Select(c => c.Label);
        Assert.That(labels, Is.EquivalentTo(own.Concat(["RemoteSigning Sandbox Issuing CA", "RemoteSigning Sandbox Root CA"])));
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

        int keys = SharedSandbox.First.Credentials.Count(c => c.AuthMode == "explicit");
        Assert.Multiple(() =>
        {
            Assert.That(Count(output, "\tvalid"), Is.EqualTo(2 * keys), output);
            Assert.That(output, Does.Not.Contain("INVALID"));
        });
    }

    /// <summary>The demo's steps check pdfsig's verdict, the responder's log and, with openssl, the audit proof.</summary>
    [Test]
    public async Task Demo_SignTwice_SecondDocumentHasTwoTrustedSignatures()
    {
        string folder = SharedSandbox.NewFolder();
        string first = Directory.CreateDirectory(Path.Combine(folder, "first")).FullName;
        string second = Directory.CreateDirectory(Path.Combine(folder, "second")).FullName;
        string sample = Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf");

        string once = await new Demo(SharedSandbox.Instance, Steps.Silent, first).RunAsync(sample, CancellationToken.None);
        string twice = await new Demo(SharedSandbox.Instance, Steps.Silent, second).RunAsync(once, CancellationToken.None);

        string verdict = new PdfSigner(Sandbox, Path.Combine(folder, "nss"), SampleSigner.Pin).Verify(twice);
        Assert.Multiple(() =>
        {
            Assert.That(Count(verdict, "Signature is Valid"), Is.EqualTo(2), verdict);
            Assert.That(Count(verdict, "Certificate is Trusted"), Is.EqualTo(2), verdict);
            Assert.That(PdfSignature.ReadLast(twice).SignedDigest, Is.Not.EqualTo(PdfSignature.ReadLast(once).SignedDigest));
        });
    }

    [Test]
    public async Task CheckProof_ChangedRecord_IsRefused()
    {
        string folder = SharedSandbox.NewFolder();
        string sample = Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf");
        await new Demo(SharedSandbox.Instance, Steps.Silent, folder).RunAsync(sample, CancellationToken.None);
        string record = Path.Combine(folder, "proof", "record.json");
        string script = Path.Combine(Installation.Current.Root, "tests", "interop", "check-proof.sh");
        string text = await File.ReadAllTextAsync(record);

        CommandResult unchanged = Commands.Try("bash", [script, Path.Combine(folder, "proof")]);
        await File.WriteAllTextAsync(record, text.Replace("\"outcome\":\"success\"", "\"outcome\":\"SUCCESS\"", StringComparison.Ordinal));
        CommandResult changed = Commands.Try("bash", [script, Path.Combine(folder, "proof")]);

        Assert.That((unchanged.ExitCode, changed.ExitCode), Is.EqualTo((0, 1)), unchanged.Error + changed.Error);
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
