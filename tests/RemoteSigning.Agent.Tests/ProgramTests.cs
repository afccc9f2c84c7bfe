using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Sandbox;
using Processes = RemoteSigning.Sandbox.Commands;

namespace RemoteSigning.Agent.Tests;

/// <summary><c>virtual-card</c> as a program: each command, its words and its exit code.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ProgramTests
{
    /// <summary>Where its own build put it: beside this test's folder it would lack what ASP.NET Core brings along here.</summary>
    private static string Program => Path.Combine(
        TestContext.CurrentContext.TestDirectory.Replace(
            Path.Combine("tests", "RemoteSigning.Agent.Tests"), Path.Combine("client", "RemoteSigning.Agent"), StringComparison.Ordinal),
        "virtual-card.dll");

    [Test]
    public async Task Commands_FromSignInToSignOut_SayWhatIsTheCase()
    {
        await using World world = await World.CreateAsync();
        string configuration = WriteConfiguration(world, CardMode.Pin);
        Assert.That(Run(configuration, "status"), Is.EqualTo((3, $"virtual-card: No agent is running at {Control(world)}. Start one with: virtual-card run")));
        string log = Path.Combine(world.Folder, "agent.log");
        using (ChildProcess agent = ChildProcess.Start("virtual-card", "dotnet", [Program, "run", "--config", configuration], log))
        {
            await WaitForSocketAsync(world, agent);
            AssertSays(Run(configuration, "status"), 4, "Nobody is signed in");
            AssertSays(Run(configuration, "certificates"), 4, "Nobody is signed in");
            AssertSays(Run(configuration, "doctor"), 1, "WRONG  sign-in");
            AssertSays(Run(configuration, "login"), 2, "--password-stdin");
            AssertSays(Run(configuration, "login --password-stdin", "wrong\n"), 4, "An error occurred during authentication process");
            AssertSays(Run(configuration, "login --password-stdin", FakeServer.Password + "\n"), 0, "the card holds 6 credentials");
            AssertSays(Run(configuration, "status"), 0, "mode pin", "signed in", "6 credentials");
            AssertSays(Run(configuration, "status --json"), 0, "\"signedIn\":true");
            AssertSays(Run(configuration, "certificates"), 0, "Curve", "EC P-256, for signature, factors: PIN", "PIN and one-time code", "CN=Test Signer");
            AssertSays(Run(configuration, "doctor"), 0, "Everything is in order", "ok     TLS", "ok     clock", "ok     card socket");
            AssertSays(Run(configuration, "run"), 1, "Another agent already serves");
            await SignAsync(world);
            AssertSays(Run(configuration, "logout"), 0, "Signed out");
            AssertSays(Run(configuration, "status"), 4, "not signed in");
            agent.Stop();
            Assert.That(agent.ExitCode, Is.Zero, await File.ReadAllTextAsync(log));
        }

        Assert.That(File.Exists(world.Socket), Is.False);
        Assert.That(await File.ReadAllTextAsync(log), Does.Contain(" 140 Signed with credential rsa").And.Contain(" 101 The agent has stopped").And.Not.Contain(FakeServer.Pin));
    }

    [Test]
    public async Task Doctor_ClockIsWrong_SaysBySeconds()
    {
        await using World world = await World.CreateAsync();
        world.Server.ClockSkew = TimeSpan.FromMinutes(-3);
        AssertSays(Run(WriteConfiguration(world, CardMode.Pin), "doctor"), 1, "WRONG  clock", "This computer's clock is +18", "WRONG  agent");
    }

    [Test]
    public void Register_ThereAndBack_SaysWhatItDid()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("card.so"), "");
        string file = folder.In("pkcs11/modules/remote-signing.module");
        Assert.Multiple(() =>
        {
            AssertSays(Register(folder, "--remove"), 0, $"Nothing to remove: there is no {file}");
            AssertSays(Register(folder, "--module", folder.In("none.so")), 1, $"There is no module at {folder.In("none.so")}");
            AssertSays(Register(folder, "--module"), 2, "--module needs the path");
            AssertSays(Register(folder, "--remove", "--module", folder.In("card.so")), 2, "exclude each other");
            AssertSays(Register(folder, "--module", folder.In("card.so")), 0, $"Wrote {file}");
            Assert.That(File.ReadAllText(file), Does.Contain($"module: {folder.In("card.so")}\n"));
            AssertSays(Register(folder, "--module=" + folder.In("card.so")), 0, $"Nothing to do: {file}");
            AssertSays(Register(folder, "--remove"), 0, $"Removed {file}");
            Assert.That(File.Exists(file), Is.False);
        });
    }

    [Test]
    public void Help_EachCommand_IsHelpful()
    {
        foreach (string command in new[] { "run", "login", "logout", "status", "certificates", "register", "doctor" })
        {
            CommandResult result = Processes.Try("dotnet", [Program, command, "--help"]);
            Assert.That(result.ExitCode, Is.Zero);
            Assert.That(result.Output, Does.StartWith($"virtual-card {command} ").And.Contain("Exit codes: 0 done"));
        }
    }

    [TestCase("", 2, "Commands:")]
    [TestCase("sign", 2, "There is no command \"sign\"")]
    [TestCase("status --config /nowhere/agent.json", 2, "it does not exist")]
    public void Run_WrongUsage_SaysSo(string arguments, int exitCode, string words)
    {
        CommandResult result = Processes.Try("dotnet", [Program, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That((result.ExitCode, result.Output), Is.EqualTo((exitCode, "")));
        Assert.That(result.Error, Does.Contain(words));
    }

    private static string Control(World world) => Path.Combine(Path.GetDirectoryName(world.Socket) ?? "", "control.sock");

    private static async Task SignAsync(World world)
    {
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        Assert.That(await client.SignAsync(World.Request("rsa")), Has.Length.EqualTo(256));
    }

    private static string WriteConfiguration(World world, CardMode mode)
    {
        string file = Path.Combine(world.Folder, "agent.json");
        File.WriteAllText(
            file,
            $$"""
            {"server":"{{world.Options.Server}}","tlsRoot":"{{world.Options.TlsRoot}}","email":"{{FakeServer.Email}}",
             "cardMode":"{{mode.ToString().ToLowerInvariant()}}","socket":"{{world.Socket}}"}
            """);
        return file;
    }

    private static async Task WaitForSocketAsync(World world, ChildProcess agent)
    {
        while (Processes.Try("dotnet", [Program, "status", "--config", Path.Combine(world.Folder, "agent.json")]).ExitCode == 3)
        {
            Assert.That(agent.HasExited, Is.False, await File.ReadAllTextAsync(agent.LogFile));
        }
    }

    private static (int ExitCode, string Text) Run(string configuration, string command, string? input = null)
    {
        CommandResult result = Processes.Try("dotnet", [Program, .. command.Split(' '), "--config", configuration], input: input);
        return (result.ExitCode, (result.Output + result.Error).Trim());
    }

    private static (int ExitCode, string Text) Register(TemporaryFolder folder, params string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = folder.Path };
        CommandResult result = Processes.Try("dotnet", [Program, "register", .. arguments], environment);
        return (result.ExitCode, (result.Output + result.Error).Trim());
    }

    private static void AssertSays((int ExitCode, string Text) result, int exitCode, params string[] words)
    {
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Text);
        foreach (string part in words)
        {
            Assert.That(result.Text, Does.Contain(part));
        }
    }
}
