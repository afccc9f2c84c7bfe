using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>
/// The signer's private keys are in no memory and no file on the desktop. What is looked for is how a private key is
/// encoded right after its public part: an RSA modulus and exponent with another INTEGER behind them (PKCS#1, PKCS#8), an
/// EC point in field [1] (SEC 1, PKCS#8).
/// </summary>
public sealed class KeyMaterialTests
{
    [Test]
    public async Task Memory_OfAgentAndSigningProgram_HoldsCertificatesAndNoPrivateKey()
    {
        RequirePtrace();
        (byte[][] privateKeys, byte[][] publicKeys) = await PatternsAsync();
        using var driver = new CardDriver(SharedSandbox.Instance.Description, "rsa", count: 10_000, threads: 1);
        IAsyncEnumerator<CardSignature> signatures = driver.ReadAsync().GetAsyncEnumerator();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await signatures.MoveNextAsync(), Is.True);
            Assert.That(signatures.Current.IsSuccess, Is.True);
        }

        foreach (int process in new[] { SharedSandbox.Instance.Agent.ProcessId, driver.ProcessId })
        {
            (int[] found, long searched) = ProcessMemory.Search(process, [.. privateKeys, .. publicKeys]);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(searched, Is.GreaterThan(100_000));
                Assert.That(found[..privateKeys.Length], Is.All.Zero, "private keys");
                Assert.That(found[privateKeys.Length..], Is.All.Positive, "public keys, which the search has to find");
            }
        }
    }

    [Test]
    public async Task Files_OfTheAgent_HoldNoPrivateKey()
    {
        (byte[][] privateKeys, _) = await PatternsAsync();
        string[] files = Directory.GetFiles(Path.Combine(SharedSandbox.Instance.Folder, "agent"), "*", SearchOption.AllDirectories);
        Assert.That(files, Is.Not.Empty);
        foreach (string file in files.Where(f => new FileInfo(f).Length > 0))
        {
            byte[] content = await File.ReadAllBytesAsync(file);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(privateKeys.Sum(p => ProcessMemory.Count(content, p)), Is.Zero, file);
                Assert.That(ProcessMemory.Count(content, "PRIVATE KEY-----"u8), Is.Zero, file);
            }
        }
    }

    /// <summary>A private key that is there is found: in this process.</summary>
    [Test]
    public void Search_KeyInMemory_IsFoundInEveryEncoding()
    {
        RequirePtrace();
        using RSA rsa = CreateRsa();
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[][] held = [rsa.ExportRSAPrivateKey(), rsa.ExportPkcs8PrivateKey(), ec.ExportECPrivateKey(), ec.ExportPkcs8PrivateKey()];
        byte[][] patterns = [PrivateRsa(rsa), PrivateEc(ec)];
        Assert.That(held.Select(h => patterns.Sum(p => ProcessMemory.Count(h, p))), Is.All.EqualTo(1));

        (int[] found, _) = ProcessMemory.Search(Environment.ProcessId, patterns);

        Assert.That(found, Is.All.GreaterThanOrEqualTo(2));
        GC.KeepAlive(held);
    }

    private static void RequirePtrace()
    {
        const string Scope = "/proc/sys/kernel/yama/ptrace_scope";
        if (!Environment.IsPrivilegedProcess && File.Exists(Scope) && File.ReadAllText(Scope).Trim() is not ("0" or "1"))
        {
            Assert.Ignore("The system does not let a process look into its children (kernel.yama.ptrace_scope).");
        }
    }

    private static async Task<(byte[][] PrivateKeys, byte[][] PublicKeys)> PatternsAsync()
    {
        var privateKeys = new List<byte[]>();
        var publicKeys = new List<byte[]>();
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        foreach (SandboxDescription.Credential credential in SharedSandbox.First.Credentials.Where(c => c.AuthMode == "explicit"))
        {
            using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, credential.Id);
            using RSA? rsa = certificate.GetRSAPublicKey();
            using ECDsa? ec = certificate.GetECDsaPublicKey();
            privateKeys.Add(rsa is not null ? PrivateRsa(rsa) : PrivateEc(ec!)); // Keys on the card are one or the other.
            publicKeys.Add(rsa is not null ? rsa.ExportParameters(false).Modulus! : Point(ec!));
        }

        return ([.. privateKeys], [.. publicKeys]);
    }

    /// <summary>
    /// Modulus, public exponent, and the start of the private exponent: an INTEGER of more than 255 bytes. Its tag alone would
    /// not do: a public key has nothing behind its exponent, so one in 256 copies of it has that byte there by chance.
    /// </summary>
    private static byte[] PrivateRsa(RSA key)
    {
        RSAParameters parameters = key.ExportParameters(false);
        var exponent = new AsnWriter(AsnEncodingRules.DER);
        exponent.WriteIntegerUnsigned(parameters.Exponent);
        return [.. parameters.Modulus!, .. exponent.Encode(), 0x02, 0x82, (byte)(parameters.Modulus!.Length >> 8)];
    }

    /// <summary>An RSA key whose private exponent is as long as its modulus, like that of all but some in a hundred.</summary>
    private static RSA CreateRsa()
    {
        for (; ; )
        {
            RSA rsa = RSA.Create(2048);
            if (rsa.ExportParameters(true).D![0] != 0)
            {
                return rsa;
            }

            rsa.Dispose();
        }
    }

    /// <summary>The public point in its field of ECPrivateKey (RFC 5915).</summary>
    private static byte[] PrivateEc(ECDsa key)
    {
        byte[] point = Point(key);
        return [0xa1, (byte)(point.Length + 3), 0x03, (byte)(point.Length + 1), 0x00, .. point];
    }

    private static byte[] Point(ECDsa key)
    {
        ECPoint point = key.ExportParameters(false).Q;
        return [0x04, .. point.X!, .. point.Y!];
    }
}
