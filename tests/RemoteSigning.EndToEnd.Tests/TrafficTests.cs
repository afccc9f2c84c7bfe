using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>
/// What crosses from a program to the agent: the digest of a document and nothing of the document itself, and the PIN
/// only where it belongs.
/// </summary>
public sealed class TrafficTests
{
    private const int Run = 16;

    private static readonly byte[] Pin = Encoding.ASCII.GetBytes(SampleSigner.Pin);

    // pkcs11-tool signs up to 1,024 bytes by C_Sign and more in parts; SunPKCS11 always in parts.
    [TestCase("pkcs11-tool", 600)]
    [TestCase("pkcs11-tool", 100_000)]
    [TestCase("java", 100_000)]
    public async Task Sign_DocumentOfRandomBytes_OnlyItsDigestLeavesTheProgram(string program, int length)
    {
        byte[] document = RandomNumberGenerator.GetBytes(length);
        string file = Path.Combine(SharedSandbox.NewFolder(), "document");
        await File.WriteAllBytesAsync(file, document);
        await using var relay = new RecordingRelay(SharedSandbox.Instance.Description);

        await SignFileAsync(program, file, relay.Environment);

        (IReadOnlyList<byte[]> toAgent, IReadOnlyList<byte[]> toProgram) = await relay.EndAsync();
        RelayedRequest[] requests = [.. toAgent.SelectMany(RelayedRequest.Split)];
        (byte[] Pin, byte[] Digest)[] signed = [.. requests.Where(r => r.Verb == RelayedRequest.Sign).Select(r => r.SignFields())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(signed.Select(s => Convert.ToHexString(s.Digest)), Is.EqualTo(new[] { Convert.ToHexString(SHA256.HashData(document)) }));
            Assert.That(signed.Select(s => s.Pin), Is.All.Empty);
            Assert.That(toAgent.Concat(toProgram).Sum(s => SharedRuns(document, s)), Is.Zero, "runs of the document in the traffic");
            Assert.That(requests.Where(r => Contains(r.Frame, Pin)).Select(r => r.Verb), Is.EqualTo(new[] { RelayedRequest.Login }));
            Assert.That(toProgram.Any(s => Contains(s, Pin)), Is.False, "the agent repeats the PIN");
        }
    }

    /// <summary>The search itself, so that a test that finds nothing has looked.</summary>
    [Test]
    public void SharedRuns_OneRunInTheMiddle_IsFound()
    {
        byte[] document = RandomNumberGenerator.GetBytes(1000);
        byte[] shorter = [.. new byte[5], .. document.AsSpan(500, Run - 1), .. new byte[5]];
        byte[] longer = [.. new byte[5], .. document.AsSpan(500, Run), .. new byte[5]];
        Assert.That((SharedRuns(document, shorter), SharedRuns(document, longer)), Is.EqualTo((0, 1)));
    }

    private static async Task SignFileAsync(string program, string file, IReadOnlyDictionary<string, string> environment)
    {
        string module = SharedSandbox.Instance.Description.Pkcs11.Module;
        SandboxDescription.Credential credential = SharedSandbox.Credential("RSA-2048");
        if (program == "pkcs11-tool")
        {
            using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
            using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, credential.Id);
            string id = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()).AsSpan(0, 20));
            Commands.Run(
                program,
                ["--module", module, "--login", "--pin", SampleSigner.Pin, "--sign", "-m", "SHA256-RSA-PKCS", "--id", id, "-i", file, "-o", file + ".sig"],
                environment);
            return;
        }

        string configuration = file + ".cfg";
        await File.WriteAllTextAsync(configuration, $"name = Card\nlibrary = {module}\n");
        string source = Path.Combine(Installation.Current.Root, "tests", "interop", "SignFile.java");
        Assert.That(Commands.Run(program, [source, configuration, SampleSigner.Pin, credential.Label, file], environment).Trim(), Is.EqualTo("valid"));
    }

    private static bool Contains(byte[] bytes, byte[] part) => bytes.AsSpan().IndexOf(part) >= 0;

    /// <summary>In how many places 16 bytes of the traffic are 16 bytes of the document, at whatever offset.</summary>
    private static int SharedRuns(byte[] document, byte[] traffic)
    {
        HashSet<UInt128> runs = [.. Windows(document)];
        return Windows(traffic).Count(runs.Contains);
    }

    private static IEnumerable<UInt128> Windows(byte[] bytes) =>
        Enumerable.Range(0, Math.Max(0, bytes.Length - Run + 1)).Select(i => BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(i, Run)));
}
