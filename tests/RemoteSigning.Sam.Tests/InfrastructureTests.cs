using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Transport;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>One module on several nodes (SAM-35, SAM-36): keys that travel with officers, keys that stay, and what is refused.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class InfrastructureTests
{
    private static readonly string[] Words = ["first officer of three", "second officer of three", "third officer of three"];

    private readonly string _folder = Directory.CreateTempSubdirectory("officers-").FullName;
    private (string Label, string PinFile) _firstToken;
    private TestNode _first = null!; // Set before any test runs.
    private string _said = "";

    [OneTimeSetUp]
    public void CreateWithOfficers()
    {
        for (int i = 0; i < Words.Length; i++)
        {
            OwnerOnly.Write(Officer(i + 1), Words[i] + "\n");
        }

        _firstToken = NewToken();
        _first = New(_firstToken, (file, seams) =>
        {
            using var output = new StringWriter();
            AdminCreateCommand.Run(
                [
                    "--config", file, "--officers", "3", "--threshold", "2",
                    "--passphrase-file", Officer(1), "--passphrase-file", Officer(2), "--passphrase-file", Officer(3),
                ],
                output,
                seams);
            _said = output.ToString();
        });
    }

    [OneTimeTearDown]
    public async Task Stop() => await _first.DisposeAsync();

    [Test]
    public async Task Initialize_TwoOfThreeOfficers_TheOtherTokenUsesKeysOfTheFirst()
    {
        await _first.StartAsync();
        KeyPair made = (await _first.Client.GenerateAsync(TestKey.P256)).KeyPair;
        string said = "";
        await using TestNode second = New(NewToken(), (file, seams) => said = Initialize(file, seams, Infrastructure, "3:" + Officer(3), "1:" + Officer(1)));
        await second.StartAsync();

        KeyPair assigned = (await second.Client.AssignAsync(made, TestKey.Signer)).KeyPair;
        KeyPair enabled = (await second.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;
        byte[] digest = SHA256.HashData("travelled"u8);
        var request = new SignaturesRequest([new SignatureRequest(digest, "1.2.840.10045.4.3.2")], enabled, new Signer(TestKey.Signer));
        Signatures signatures = (await second.Client.SignAsync(request, (await TestSad.ForAsync(second, request)).Sign(second.As1))).Signatures;

        Assert.That(TestKey.Verifies(enabled, "1.2.840.10045.4.3.2", [], digest, signatures.Values[0]), Is.True);
        string fingerprint = _said.Split("json: ")[1];
        Assert.That(fingerprint.Trim(), Does.Match("^([0-9a-f]{4} ){15}[0-9a-f]{4}$"));
        Assert.That(said, Does.Contain(fingerprint));
        SamStatus status = await second.Client.GetStatusAsync();
        SamStatus firstStatus = await _first.Client.GetStatusAsync();
        Assert.That(status.Infrastructure, Is.EqualTo(firstStatus.Infrastructure).And.EqualTo(fingerprint.Trim().Replace(" ", "", StringComparison.Ordinal)));
        Assert.That(status.SealingPublicKey, Is.EqualTo(firstStatus.SealingPublicKey));
        Assert.That(status.AuditPublicKey, Is.Not.EqualTo(firstStatus.AuditPublicKey), "each node signs its log with a key of its own");
    }

    [Test]
    public void Initialize_TooFewShares_Refused() => Assert.That(
        () => InitializeNew("2:" + Officer(2)), Throws.TypeOf<StartException>().With.Message.Contains("this module needs 2 of 3 officers"));

    [Test]
    public void Initialize_OneShareTwice_Refused() => Assert.That(
        () => InitializeNew("2:" + Officer(2), "2:" + Officer(2)), Throws.TypeOf<StartException>().With.Message.Contains("given already"));

    [Test]
    public void Initialize_WrongPassphrase_RefusedAndNothingIsInTheToken()
    {
        (string Label, string PinFile) token = NewToken();

        Assert.That(
            () => New(token, (file, seams) => Initialize(file, seams, Infrastructure, "1:" + Officer(1), "2:" + Officer(3))),
            Throws.TypeOf<StartException>().With.Message.EqualTo("The passphrase of officer 2 is wrong, or the share was changed."));
        using Hsm hsm = Open(token);
        Assert.That(hsm.Exists("sam-kek") || hsm.Exists("sam-sealing") || hsm.Exists("sam-floor"), Is.False);
    }

    [Test]
    public void Create_TokenWithKeys_RefusesToMakeTravellingOnes()
    {
        using Hsm hsm = Open(_firstToken);

        Assert.That(
            () => new ModuleKeys(hsm, TextWriter.Null).Create(2, [], OfficerShare.LeastIterations),
            Throws.TypeOf<StartException>().With.Message.Contains("sam-kek"));
    }

    [Test]
    public void File_EachByteChanged_RefusedAtEachPlaceWhereItIsRead()
    {
        byte[] file = File.ReadAllBytes(Infrastructure);
        InfrastructureFile genuine = InfrastructureFile.Parse(file, "genuine");
        using TransportKey transport = Unlock(genuine);
        using Hsm hsm = Open(_firstToken);
        List<string> believed = [];
        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 1;
            if (Parse(changed) is not { Transfer: { } transfer } read)
            {
                continue;
            }

            bool travels = CryptographicOperations.FixedTimeEquals(transfer.Mac, transport.Authenticate(read.Travelling()));
            bool starts = read.FloorKey == genuine.FloorKey && read.IsAuthentic(text => hsm.Hmac(read.FloorKey, text));
            if (starts || (travels && read.Mac.AsSpan().SequenceEqual(genuine.Mac)))
            {
                believed.Add($"{i}: {Encoding.UTF8.GetString(changed, Math.Max(0, i - 20), 20)}");
            }
        }

        Assert.That(believed, Is.Empty);
        Assert.That(CryptographicOperations.FixedTimeEquals(genuine.Transfer!.Mac, transport.Authenticate(genuine.Travelling())), Is.True);
        Assert.That(genuine.IsAuthentic(text => hsm.Hmac(genuine.FloorKey, text)), Is.True);
    }

    [Test]
    public void Share_EachByteOrItsPlaceChanged_Refused()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        OfficerShare share = OfficerShare.Seal(1, secret, "some good passphrase"u8, 1, "module\n2");
        Assert.That(share.Open("some good passphrase"u8, "module\n2"), Is.EqualTo(secret));
        Assert.That(share.Open("some good passphrasf"u8, "module\n2"), Is.Null);
        Assert.That(share.Open("some good passphrase"u8, "module\n3"), Is.Null);
        Assert.That((share with { Number = 2 }).Open("some good passphrase"u8, "module\n2"), Is.Null);
        Assert.That((share with { Iterations = 2 }).Open("some good passphrase"u8, "module\n2"), Is.Null);
        foreach (Func<OfficerShare, byte[]> part in (Func<OfficerShare, byte[]>[])[s => s.Salt, s => s.Nonce, s => s.Sealed])
        {
            for (int i = 0; i < part(share).Length; i++)
            {
                part(share)[i] ^= 1;
                Assert.That(share.Open("some good passphrase"u8, "module\n2"), Is.Null);
                part(share)[i] ^= 1;
            }
        }
    }

    [TestCase("short")]
    [TestCase("no ASCII here: ä ö ü")]
    [TestCase("two lines are\nno passphrase")]
    [TestCase("")]
    public void Passphrase_Unfit_Refused(string text)
    {
        string file = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        OwnerOnly.Write(file, text);

        Assert.That(() => Passphrase.FromFile(file), Throws.TypeOf<StartException>().With.Message.Contains("16 to 256"));
    }

    [Test]
    public void Passphrase_FileOthersMayRead_Refused()
    {
        string file = Path.Combine(_folder, "open");
        File.WriteAllText(file, Words[0]);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Throws<InvalidOperationException>(() => Passphrase.FromFile(file));
    }

    [Test]
    public void Create_TwoOfficersWithOnePassphrase_Refused() => Assert.That(
        () => OfficerPassphrases.Collect(2, [Officer(1), Officer(1)]), Throws.TypeOf<StartException>().With.Message.Contains("the same passphrase"));

    [Test]
    public async Task Start_ChangedInfrastructureFile_Refused()
    {
        await using TestNode node = TestNode.New();
        string file = Path.Combine(node.Data, "sam_infrastructure.json");
        string text = File.ReadAllText(file);
        string module = JsonDocument.Parse(text).RootElement.GetProperty("module").GetString()!;
        OwnerOnly.Write(file, text.Replace(module, new string('0', 32), StringComparison.Ordinal));

        Assert.That(Assert.ThrowsAsync<StartException>(node.StartAsync)!.Message, Does.Contain("the file was changed"));
    }

    [Test]
    public async Task Initialize_SharedToken_ProvesTheKeysAndGivesTheNodeAnAuditKey()
    {
        await using TestNode first = TestNode.New();
        string said = "";
        string file = Path.Combine(first.Data, "sam_infrastructure.json");
        await using TestNode second = TestNode.New(new TestSetup
        {
            EditStatic = s => s["node"] = "sam-shared",
            Make = (configuration, seams) => said = Initialize(configuration, seams, file),
        });

        Assert.That(said, Does.Contain("Key sam-audit-sam-shared: made.").And.Not.Contain("sam-kek"));
        Assert.That(File.ReadAllText(second.AuditKeyFile), Is.Not.EqualTo(File.ReadAllText(first.AuditKeyFile)));
        await second.StartAsync();
        Assert.That((await second.Client.GenerateAsync(TestKey.P256)).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public void Initialize_TokenOfAnotherModule_Refused() => Assert.That(
        () => TestNode.New(new TestSetup { Make = (file, seams) => Initialize(file, seams, Infrastructure) }),
        Throws.TypeOf<StartException>().With.Message.Contains("sam-floor is not the one"));

    [Test]
    public async Task Initialize_KeysThatStayAndAnEmptyToken_SaysWhatToDo()
    {
        await using TestNode first = TestNode.New();
        string file = Path.Combine(first.Data, "sam_infrastructure.json");

        Assert.That(
            () => New(NewToken(), (configuration, seams) => Initialize(configuration, seams, file)),
            Throws.TypeOf<StartException>().With.Message.Contains("a clone made by the HSM's own means"));
    }

    [Test]
    public async Task Start_NodeOfVersion1_GoesOn()
    {
        await using TestNode node = New(NewToken(), (file, _) => CreateVersion1(file));
        await node.StartAsync();

        Assert.That((await node.Client.GenerateAsync(TestKey.P256)).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task Start_NewerVersion_SaysSo()
    {
        await using TestNode node = TestNode.New();
        string file = Path.Combine(node.Data, "sam_infrastructure.json");
        OwnerOnly.Write(file, File.ReadAllText(file).Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal));

        Assert.That(Assert.ThrowsAsync<StartException>(node.StartAsync)!.Message, Does.Contain("has version 3; this program knows 1 and 2"));
    }

    private string Infrastructure => Path.Combine(_first.Data, "sam_infrastructure.json");

    private string Officer(int number) => Path.Combine(_folder, $"officer-{number}");

    private static TestNode New((string Label, string PinFile) token, Action<string, SamSeams> make) =>
        TestNode.New(new TestSetup { TokenLabel = token.Label, PinFile = token.PinFile, Make = make });

    private static (string, string) NewToken()
    {
        string label = Guid.NewGuid().ToString("N")[..16];
        return (label, TestToken.Store.CreateToken(label));
    }

    private static Hsm Open((string Label, string PinFile) token) => Hsm.Open(new HsmOptions
    {
        Module = SoftHsm.Module,
        TokenLabel = token.Label,
        PinFile = token.PinFile,
        MaxSessions = 2,
    });

    private static string Initialize(string configuration, SamSeams seams, string infrastructure, params string[] shares)
    {
        using var output = new StringWriter();
        AdminInitializeCommand.Run(configuration, infrastructure, shares, output, seams);
        return output.ToString();
    }

    private void InitializeNew(params string[] shares) => New(NewToken(), (file, seams) => Initialize(file, seams, Infrastructure, shares));

    private static InfrastructureFile? Parse(byte[] file)
    {
        try
        {
            return InfrastructureFile.Parse(file, "changed");
        }
        catch (StartException)
        {
            return null;
        }
    }

    private TransportKey Unlock(InfrastructureFile file) =>
        OfficerPassphrases.WithShares(file, ["1:" + Officer(1), "2:" + Officer(2)], TransportKey.Combine);

    /// <summary>As the program made a node before version 2.</summary>
    private static void CreateVersion1(string configuration)
    {
        var options = SamHost.ReadOptions(configuration);
        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        hsm.GenerateKeyEncryptionKey("sam-kek");
        hsm.GenerateHmacKey("sam-floor");
        string sealing = PublicKeyPem.Encode(hsm.GenerateEcdsa("sam-sealing", ECCurve.NamedCurves.nistP256));
        string audit = PublicKeyPem.Encode(hsm.GenerateEcdsa("sam-audit", ECCurve.NamedCurves.nistP256));
        OwnerOnly.Write(options.InfrastructureFile, JsonSerializer.Serialize(
            new Infrastructure(1, "sam-kek", "sam-sealing", "sam-audit", "sam-floor", sealing, audit), ConfigurationJson.Default.Infrastructure));
        File.WriteAllText(options.AuditKeyFile, audit + "\n");
        File.WriteAllText(options.SealingKeyFile, sealing + "\n");
    }
}
