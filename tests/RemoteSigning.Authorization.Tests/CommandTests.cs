using System.Net.Sockets;
using System.Security.Cryptography;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>The program itself, as an operator starts it.</summary>
[TestFixture]
public sealed class CommandTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Authorization.dll");

    private static Dictionary<string, string> HsmEnvironment => new([TestWorld.Hsm.Environment]);

    [Test]
    public async Task CreateAndRun_OnAnEmptyDatabase_ServesUntilTerminated()
    {
        await using TestServer server = TestServer.Prepare();
        CommandResult created = Try("create", "--config", server.ConfigurationFile);
        Assert.That(created.ExitCode, Is.Zero, created.Error);
        string publicKey = await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "sad-public-key.pem"));
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        Assert.That(key.ExportParameters(false).Curve.Oid.Value, Is.EqualTo("1.2.840.10045.3.1.7"));

        Assert.That(Try("create", "--config", server.ConfigurationFile).ExitCode, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "sad-public-key.pem")), Is.EqualTo(publicKey));

        using ChildProcess process = ChildProcess.Start(
            "authorization", "dotnet", [Program, "run", "--config", server.ConfigurationFile],
            Path.Combine(server.Folder, "run.log"), HsmEnvironment);
        await WaitForListenerAsync(server, process);
        using (var ssa = new Api(server.Address, TestWorld.Ssa, TestWorld.TlsRoot))
        {
            Assert.That(await ssa.TryQueryAsync("none"), Is.EqualTo("401 token_invalid"));
        }

        process.Stop();
        Assert.That(process.ExitCode, Is.Zero, await File.ReadAllTextAsync(process.LogFile));
    }

    [Test]
    public async Task Run_WithoutCreate_SaysWhatToDo()
    {
        await using TestServer server = TestServer.Prepare();

        CommandResult result = Try("run", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("run failed: The HSM token lacks the key").And.Contain("Run the command create"));
    }

    [Test]
    public async Task Run_OnAnOlderSchema_IsRefused()
    {
        await using TestServer server = TestServer.Prepare();
        await server.CreateAsync();
        Execute(server, "DELETE FROM authz.migrations");

        CommandResult result = Try("run", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("The database schema is older than this program. Run the command create"));
    }

    [Test]
    public async Task Run_OnANewerSchema_IsRefused()
    {
        await using TestServer server = TestServer.Prepare();
        await server.CreateAsync();
        Execute(server, "INSERT INTO authz.migrations VALUES ('29990101000000_Later', '99')");

        CommandResult result = Try("run", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("The database schema is newer than this program"));
    }

    [Test]
    public async Task Create_AccountsWithoutTheirKey_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync();
        await TestSigner.CreateAsync(server);
        string empty = $"{Path.GetFileName(server.Folder)}-empty";
        TestWorld.Hsm.CreateToken(empty);
        string configuration = await File.ReadAllTextAsync(server.ConfigurationFile);
        string token = Path.GetFileName(server.Folder);
        OwnerOnly.Write(
            server.ConfigurationFile,
            configuration
                .Replace($"\"TokenLabel\":\"{token}\"", $"\"TokenLabel\":\"{empty}\"", StringComparison.Ordinal)
                .Replace($"{token}.pin", $"{empty}.pin", StringComparison.Ordinal));

        CommandResult result = Try("create", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("but there are accounts whose factors were made with it"));
    }

    [TestCase("Issuer", "", "Issuer")]
    [TestCase("Listen", "http://127.0.0.1:1", "Listen must be https")]
    [TestCase("Listen", "https://localhost:1", "Listen must be https")]
    [TestCase("Database", "", "Database")]
    public async Task Create_WrongConfiguration_NamesTheOption(string option, string value, string message)
    {
        await using TestServer server = TestServer.Prepare(section => section[option] = value);

        CommandResult result = Try("create", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("create failed: The configuration is wrong").And.Contain(message));
    }

    [Test]
    public async Task Run_ClientWithTwoRoles_IsRefused()
    {
        await using TestServer server = TestServer.Prepare(section => section["Clients"] = new[]
        {
            new { Id = "both", Role = "ssa", PublicKey = TestWorld.Ssa.Certificate },
            new { Id = "both", Role = "operator", PublicKey = TestWorld.Operator.Certificate },
        });

        Assert.That(Try("run", "--config", server.ConfigurationFile).Error, Does.Contain("The client both has two roles"));
    }

    [Test]
    public async Task Run_KeyRegisteredTwice_IsRefused()
    {
        await using TestServer server = TestServer.Prepare(section => section["Clients"] = new[]
        {
            new { Id = "one", Role = "ssa", PublicKey = TestWorld.Ssa.Certificate },
            new { Id = "two", Role = "operator", PublicKey = TestWorld.Ssa.Certificate },
        });

        Assert.That(Try("run", "--config", server.ConfigurationFile).Error, Does.Contain("is registered twice"));
    }

    [Test]
    public async Task Run_ConfigurationThatOthersMayRead_IsRefused()
    {
        await using TestServer server = TestServer.Prepare();
        File.SetUnixFileMode(server.ConfigurationFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        CommandResult result = Try("run", "--config", server.ConfigurationFile);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("others may open it"));
    }

    [Test]
    public void Arguments_HelpOrWrongOnes_PrintTheUsage()
    {
        CommandResult help = Try("--help");
        CommandResult wrong = Try("serve");

        Assert.That((help.ExitCode, wrong.ExitCode), Is.EqualTo((0, 2)));
        Assert.That(help.Output, Does.Contain("create --config FILE").And.Contain("run --config FILE"));
        Assert.That(wrong.Error, Is.EqualTo(help.Output));
    }

    private static CommandResult Try(params string[] arguments) =>
        Commands.Try("dotnet", [Program, .. arguments], HsmEnvironment);

    private static void Execute(TestServer server, string sql)
    {
        using var connection = new Npgsql.NpgsqlConnection(server.ConnectionString);
        connection.Open();
        using var command = new Npgsql.NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task WaitForListenerAsync(TestServer server, ChildProcess process)
    {
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (process.HasExited)
            {
                Assert.Fail(await File.ReadAllTextAsync(process.LogFile));
            }

            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(server.Address.Host, server.Address.Port);
                return;
            }
            catch (SocketException)
            {
                // Not yet; the process says so itself when it gives up.
                await Task.Delay(100);
            }
        }

        Assert.Fail("The process did not listen after a minute.");
    }
}
