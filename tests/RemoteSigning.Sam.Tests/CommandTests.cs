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
        Assert.Throws<StartException>(() => AdminCreateCommand.Run(_node.ConfigurationFile, TextWriter.Null, _node.Seams))!.Message,
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

    [TestCase("admin", "create")]
    [TestCase("admin", "initialize")]
    [TestCase("admin", "import")]
    [TestCase("admin", "status")]
    [TestCase("admin", "verify-log")]
    public void Program_Help_TellsTheCommandAndEachOfItsOptions(string group, string command)
    {
        CommandResult result = Sandbox.Commands.Try("dotnet", [Program, group, command, "--help"]);

        Assert.That((result.ExitCode, result.Output.StartsWith($"{group} {command} --", StringComparison.Ordinal)), Is.EqualTo((0, true)), result.Output);
    }

    [TestCase("admin create failed: admin create needs --config; see admin create --help.", "admin", "create")]
    [TestCase("admin create failed: admin create does not know --passphrase; see admin create --help.", "admin", "create", "--passphrase", "x")]
    [TestCase("admin create failed: admin create needs a value behind --config; see admin create --help.", "admin", "create", "--config")]
    [TestCase("admin import failed: admin import takes --config once; see admin import --help.", "admin", "import", "--config", "a", "--config", "b")]
    public void Program_WrongArguments_OneSentenceAndExitCode1(string said, params string[] arguments)
    {
        CommandResult result = Sandbox.Commands.Try("dotnet", [Program, .. arguments]);

        Assert.That((result.ExitCode, result.Error.Trim()), Is.EqualTo((1, said)));
    }

    [Test]
    public async Task AdminStatus_RunningAndStoppedNode_ToldFromItsFiles()
    {
        Contracts.Sam.SamStatus status = await _node.Client.GetStatusAsync();
        using var output = new StringWriter();
        AdminStatusCommand.Run(["--config", _node.ConfigurationFile], output);
        Dictionary<string, string> told = Read(output);
        Assert.That(
            (told["node"], told["runs"], told["epoch"], told["dynamic configuration"], told["static configuration"], told["licences"]),
            Is.EqualTo((TestNode.Name, "yes", status.Epoch, status.ConfigurationDigest, status.StaticDigest, "1")));
        Assert.That(told["infrastructure"].Replace(" ", "", StringComparison.Ordinal), Is.EqualTo(status.Infrastructure));
        Assert.That(told["service log's head"], Is.EqualTo(status.Head!.Name));

        await _node.StopAsync();
        using var again = new StringWriter();
        AdminStatusCommand.Run(["--config", _node.ConfigurationFile], again);
        Assert.That(Read(again)["runs"], Is.EqualTo("no"));

        static Dictionary<string, string> Read(StringWriter output) => output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(": ", 2)).ToDictionary(p => p[0], p => p[1].Trim());
    }

    [TestCase(2, 2, 2)]
    [TestCase(3, 3, 3)]
    [TestCase(3, 4, 4)]
    [TestCase(2, 5, 5)]
    public void LicenceFigure_NodesAndModules_IsTheGreater(int nodes, int modules, int figure) =>
        Assert.That(LicenceFigure.Of(nodes, modules), Is.EqualTo(figure));

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
