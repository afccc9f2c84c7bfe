using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>The program from outside: usage, start, end, and what it refuses to start with.</summary>
[TestFixture]
internal sealed class CommandTests
{
    [TestCase("--help")]
    [TestCase("-h")]
    public void Help_Asked_PrintsUsage(string argument)
    {
        CommandResult result = PkiWorld.Run(argument);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output, Does.Contain("create").And.Contain("renew").And.Contain("migrate").And.Contain("run"));
    }

    [TestCase]
    [TestCase("destroy", "--config", "file")]
    [TestCase("run")]
    [TestCase("run", "--config")]
    [TestCase("revoke-timestamping", "--config", "file", "--serial", "00")]
    public void Arguments_NotUnderstood_PrintUsageAndFail(params string[] arguments)
    {
        CommandResult result = PkiWorld.Run(arguments);
        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.Contain("--config FILE.json"));
    }

    [Test]
    public void Run_MissingFile_Fails() => AssertFails("run", PkiWorld.In("missing.json"), "missing.json");

    [Test]
    public void Run_FileThatOthersMayRead_Fails()
    {
        string file = PkiWorld.WriteConfiguration("open.json", _ => { });
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        AssertFails("run", file, "chmod 600");
    }

    [Test]
    public void Run_BrokenJson_Fails()
    {
        string file = PkiWorld.In("broken.json");
        OwnerOnly.Write(file, "{");
        AssertFails("run", file, "broken.json");
    }

    [TestCase("Listen", "http://127.0.0.1:1", "Pki:Listen")]
    [TestCase("Listen", "https://localhost:1", "Pki:Listen")]
    [TestCase("PublicListen", "https://127.0.0.1:1", "Pki:PublicListen")]
    [TestCase("PublicUrl", "https://pki.example.com", "Pki:PublicUrl")]
    [TestCase("Organization", "", "Pki:Organization")]
    [TestCase("Database", "", "Pki:Database")]
    [TestCase("PolicyOid", "abc", "Pki:PolicyOid")]
    [TestCase("CrlRefresh", "2.00:00:00", "Pki:CrlLifetime")]
    public void Run_OptionOutOfOrder_IsNamed(string option, string value, string name) =>
        AssertFails("run", PkiWorld.WriteConfiguration("option.json", c => c[option] = value), name);

    [TestCase("Policy", "\"abc\"")]
    [TestCase("Policy", "\"1.40.1\"")]
    [TestCase("Policy", "\"\"")]
    [TestCase("AcceptedPolicies", "[\"abc\"]")]
    [TestCase("Key", "\"P-384\"")]
    [TestCase("Accuracy", "\"00:00:00.001\"")]
    [TestCase("Accuracy", "\"00:01:01\"")]
    [TestCase("Accuracy", "\"00:00:01.0000001\"")]
    [TestCase("RequestsPerSecond", "0")]
    [TestCase("Burst", "5")]
    public void Run_TimestampingOptionOutOfOrder_IsNamed(string option, string json)
    {
        string file = PkiWorld.WriteConfiguration("tsa-option.json", c => c["Timestamping"]![option] = JsonNode.Parse(json));
        AssertFails("run", file, "Pki:Timestamping:");
    }

    [Test]
    public void Run_TwoRegistrationAuthoritiesOfOneName_Fails() => AssertFails(
        "run",
        PkiWorld.WriteConfiguration("twice.json", c => c["RegistrationAuthorities"]!.AsArray().Add(c["RegistrationAuthorities"]![0]!.DeepClone())),
        "same Id");

    [Test]
    public void Run_RegistrationAuthorityWithPrivateKeyFile_Fails() => AssertFails(
        "run",
        PkiWorld.WriteConfiguration("private.json", c => c["RegistrationAuthorities"]![0]!["PublicKey"] = PkiWorld.RegistrationAuthority.Key),
        "ra-1");

    [Test]
    public void Run_EmptyDatabase_TellsToCreate()
    {
        string database = PkiWorld.CreateDatabase("empty");
        AssertFails("run", PkiWorld.WriteConfiguration("empty.json", c => c["Database"] = database), "Run the command create");
    }

    [Test]
    public async Task Run_SchemaOutOfDate_IsRefusedUntilMigrated()
    {
        string database = PkiWorld.CreateDatabase("outdated");
        string file = PkiWorld.WriteConfiguration("outdated.json", c => c["Database"] = database);
        Assert.That(PkiWorld.Run("migrate", "--config", file).ExitCode, Is.Zero);
        await ExecuteAsync(file, "INSERT INTO pki.migrations VALUES ('20990101000000_Future', '99')");
        AssertFails("run", file, "newer than this program");
        await ExecuteAsync(file, "DELETE FROM pki.migrations WHERE \"MigrationId\" LIKE '2099%'");
        AssertFails("run", file, "Run the command create first");
        await ExecuteAsync(file, "UPDATE pki.migrations SET \"MigrationId\" = '20200101000000_Past' WHERE \"MigrationId\" LIKE '%Initial'");
        AssertFails("run", file, "newer than this program");
    }

    [Test]
    public async Task Run_TokenOfAnotherCeremony_IsRefused()
    {
        string pin = PkiWorld.Hsm.CreateToken("other");
        string file = PkiWorld.WriteConfiguration("other-token.json", c =>
        {
            c["Hsm"]!["TokenLabel"] = "other";
            c["Hsm"]!["PinFile"] = pin;
        });
        AssertFails("run", file, "The HSM token has no key pki-issuing");
        Commands.Run(
            "pkcs11-tool",
            [
                "--module", SoftHsm.Module, "--token-label", "other", "--login", "--pin", (await File.ReadAllTextAsync(pin)).Trim(),
                "--keypairgen", "--key-type", "rsa:2048", "--label", "pki-issuing", "--id", "01",
            ],
            PkiWorld.Environment);
        AssertFails("run", file, "is not the one in the certificate");
    }

    [Test]
    public void Run_WrongPin_Fails()
    {
        string pin = PkiWorld.In("wrong.pin");
        OwnerOnly.Write(pin, "00000000");
        AssertFails("run", PkiWorld.WriteConfiguration("wrong-pin.json", c => c["Hsm"]!["PinFile"] = pin), "The HSM: ");
    }

    [Test]
    public void Run_DatabaseDown_Fails() => AssertFails(
        "run",
        PkiWorld.WriteConfiguration("down.json", c => c["Database"] = "Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none"),
        "Check Pki:Database");

    [Test]
    public async Task Run_UntilTerminated_ServesAndEndsWell()
    {
        Uri publicListen = new($"http://127.0.0.1:{FreePort.Next()}");
        string file = PkiWorld.WriteConfiguration("second.json", c =>
        {
            c["Listen"] = $"https://127.0.0.1:{FreePort.Next()}";
            c["PublicListen"] = publicListen.ToString();
        });
        using ChildProcess process = ChildProcess.Start(
            "pki", "dotnet", [Installation.Current.Assembly("backend", "RemoteSigning.Pki"), "run", "--config", file],
            PkiWorld.In("second.log"), PkiWorld.Environment);
        await WaitAsync(process, publicListen);
        using var client = new HttpClient { BaseAddress = publicListen };
        byte[] issuing = await client.GetByteArrayAsync("/ca/issuing.crt");
        process.Stop();
        Assert.That(issuing, Is.EqualTo(PkiWorld.Issuing.RawData));
        Assert.That(process.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Restart_AfterWork_KeepsState()
    {
        using X509Certificate2 good = await Requests.EnrollAsync(Requests.Good());
        using X509Certificate2 revoked = await Requests.EnrollAsync(Requests.Good());
        (await Requests.RevokeAsync(revoked.SerialNumber, reason: 1)).Dispose();
        byte[] list = await PkiWorld.PublicClient.GetByteArrayAsync("/crl/issuing.crl");
        await PkiWorld.RestartAsync();
        Assert.That(await PkiWorld.PublicClient.GetByteArrayAsync("/crl/issuing.crl"), Is.EqualTo(list));
        using HttpResponseMessage again = await Requests.RevokeAsync(revoked.SerialNumber, reason: 1);
        Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        using HttpResponseMessage first = await Requests.RevokeAsync(good.SerialNumber, reason: 1);
        Assert.That(first.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Schema_Model_HasNoChangesWithoutMigration()
    {
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        Assert.That(database.Database.HasPendingModelChanges(), Is.False);
    }

    private static async Task WaitAsync(ChildProcess process, Uri address)
    {
        for (int attempt = 0; attempt < 600; attempt++)
        {
            Assert.That(process.HasExited, Is.False, "The process ended at once.");
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(address.Host, address.Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        Assert.Fail("The process did not listen after 30 seconds.");
    }

    private static async Task ExecuteAsync(string configurationFile, string sql)
    {
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(configurationFile));
        await database.Database.ExecuteSqlRawAsync(sql);
    }

    private static void AssertFails(string command, string configurationFile, string reason)
    {
        CommandResult result = PkiWorld.Run(command, "--config", configurationFile);
        Assert.That(result.ExitCode, Is.EqualTo(1), result.Output + result.Error);
        Assert.That(result.Error, Does.StartWith($"pki {command} failed. ").And.Contain(reason));
    }
}
