using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>The commands and the configuration, as an operator meets them.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CommandTests
{
    private TestNode _node = null!; // Set before any test runs.

    [SetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public void AdminCreate_Again_RefusesToOverwrite() => Assert.That(
        Assert.Throws<StartException>(() => AdminCreateCommand.Run(_node.ConfigurationFile, TextWriter.Null))!.Message,
        Does.Contain("not overwritten"));

    [Test]
    public void AdminCreate_Files_InfrastructureIsOwnerOnly() => Assert.That(
        File.GetUnixFileMode(Path.Combine(_node.Data, "sam_infrastructure.json")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    [Test]
    public void Start_SecondNodeOnTheSameFolder_Refuses() => Assert.That(
        Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("Another node"));

    [Test]
    public async Task Start_ConfigurationOthersMayRead_Refuses()
    {
        await _node.StopAsync();
        File.SetUnixFileMode(_node.ConfigurationFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.ThrowsAsync<InvalidOperationException>(_node.StartAsync);
    }

    [Test]
    public async Task Start_TokenIsMissing_SaysWhichAndWhatToDo()
    {
        await _node.StopAsync();
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(_node.ConfigurationFile))!;
        configuration["Sam"]!["Hsm"]!["TokenLabel"] = "nowhere";
        OwnerOnly.Write(_node.ConfigurationFile, configuration.ToJsonString());

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("nowhere").And.Contain("Sam:Hsm"));
    }

    [TestCase("Listen", "http://127.0.0.1:1", "Sam:Listen")]
    [TestCase("Listen", "https://localhost:1", "Sam:Listen")]
    [TestCase("DataFolder", "/nowhere", "Sam:DataFolder")]
    [TestCase("StaticConfiguration", "/nowhere", "Sam:StaticConfiguration")]
    [TestCase("DynamicConfiguration", "", "Sam:DynamicConfiguration")]
    public async Task Start_WrongOption_RefusesByName(string option, string value, string named)
    {
        await _node.StopAsync();
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(_node.ConfigurationFile))!;
        configuration["Sam"]![option] = value;
        OwnerOnly.Write(_node.ConfigurationFile, configuration.ToJsonString());

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain(named));
    }

    [TestCase("Certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [TestCase("Certificate", "")]
    [TestCase("Key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [TestCase("Key", "no PEM at all")]
    [TestCase("Key", "another key")]
    public async Task Start_DamagedTlsFile_SaysWhich(string option, string content)
    {
        await _node.StopAsync();
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string file = Path.Combine(_node.Folder, "damaged.pem");
        OwnerOnly.Write(file, content == "another key" ? other.ExportPkcs8PrivateKeyPem() : content);
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(_node.ConfigurationFile))!;
        configuration["Sam"]!["Tls"]![option] = file;
        OwnerOnly.Write(_node.ConfigurationFile, configuration.ToJsonString());

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("Sam:Tls").And.Contain(file));
    }

    [TestCase("static_config.json", "operators", "the same key twice")]
    [TestCase("dynamic_config.json", "authorization_servers", "an SSA's authorization server is not registered")]
    [TestCase("static_config.json", "minimum_acr", "an unknown level")]
    public async Task Start_WrongRegistry_Refuses(string file, string member, string why)
    {
        await _node.StopAsync();
        string path = Path.Combine(_node.Folder, file);
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(path))!;
        configuration[member] = member switch
        {
            "operators" => new JsonArray(new JsonObject { ["id"] = "other", ["public_key"] = PublicKeyPem.Encode(_node.Ssa.PublicKeyInfo) }),
            "minimum_acr" => "certain",
            _ => new JsonArray(),
        };
        File.WriteAllText(path, configuration.ToJsonString());

        Assert.ThrowsAsync<StartException>(_node.StartAsync, why);
    }

    [Test]
    public void Program_UnknownCommand_PrintsUsageAndFails()
    {
        CommandResult result = Sandbox.Commands.Try("dotnet", [Program, "fly"]);

        Assert.That((result.ExitCode, result.Error.Contains("verify-log", StringComparison.Ordinal)), Is.EqualTo((1, true)));
    }

    [Test]
    public async Task Program_RunUntilTerminated_RecordsStartAndStop()
    {
        await _node.StopAsync();
        int before = _node.Records().Count;
        string log = Path.Combine(_node.Folder, "run.log");
        using ChildProcess child = ChildProcess.Start(
            "sam", "dotnet", [Program, "run", "--config", _node.ConfigurationFile], log, new Dictionary<string, string>([TestToken.Store.Environment]));
        Assert.That(() => _node.Records().Count, Is.EqualTo(before + 1).After(20_000, 50));
        Assert.That(() => Listens(), Is.True.After(20_000, 50), "the start is recorded, then it listens");

        child.Stop();

        Assert.That(child.ExitCode, Is.Zero, File.ReadAllText(log));
        Assert.That(_node.Records().Skip(before).Select(r => r.Event), Is.EqualTo((string[])["start", "stop"]));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll");

    private bool Listens()
    {
        using var probe = new System.Net.Sockets.TcpClient();
        try
        {
            probe.Connect(_node.Address.Host, _node.Address.Port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
