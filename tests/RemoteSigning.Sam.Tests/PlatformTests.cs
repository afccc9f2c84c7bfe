using System.Security.Cryptography;
using System.Text.RegularExpressions;
using NUnit.Framework;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Platform;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>What the process does for its own safety: self-test, no dumps, the systemd unit.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed partial class PlatformTests
{
    private static readonly Action[] WrongAnswers =
    [
        () => SelfTest.CheckDigests((name, data) => CryptographicOperations.HashData(name, [.. data, 0])),
        () => SelfTest.CheckVerification((_, _, _) => true),
        () => SelfTest.CheckVerification((_, _, _) => false),
        () => SelfTest.CheckSeal(_ => [0x80]),
        () => SelfTest.CheckTree(new byte[32]),
        () => SelfTest.CheckRandom(length => new byte[length]),
        () => SelfTest.CheckRandom(length => [.. Enumerable.Range(0, length).Select(i => (byte)i)]),
        () => SelfTest.CheckSignerKey(NewPair, (_, _) => new byte[64]),
    ];

    [TestCaseSource(nameof(WrongAnswers))]
    public void SelfTest_WrongAnswer_StopsTheStart(Action check) =>
        Assert.That(Assert.Throws<StartException>(() => check())!.Message, Does.StartWith("The self-test failed: "));

    [Test]
    public async Task Run_Process_HasNoCoreDumpsNoDiagnosticsAndIsNotDumpable()
    {
        await using TestNode node = await TestNode.StartNewAsync();
        await node.StopAsync();
        using ChildProcess program = ChildProcess.Start(
            "sam",
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll"), "run", "--config", node.ConfigurationFile],
            Path.Combine(node.Folder, "run.log"),
            new Dictionary<string, string>([TestToken.Store.Environment]));
        Assert.That(() => AnswersAsync(node), Is.True.After(60_000, 100), "it has started");

        Assert.That(File.ReadAllText($"/proc/{program.Id}/limits"), Does.Match("Max core file size +0 +0 "));
        Assert.That(File.ReadAllText($"/proc/{program.Id}/environ"), Does.Contain("DOTNET_EnableDiagnostics=0\0"));
        Assert.That(Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{program.Id}-*"), Is.Empty);
        program.Stop();
        Assert.That(program.ExitCode, Is.Zero, File.ReadAllText(program.LogFile));
    }

    [Test]
    public void Unit_SystemdsOwnJudgement_IsOk()
    {
        string unit = Path.Combine(Installation.Current.Root, "backend", "RemoteSigning.Sam", "packaging", "remotesigning-sam.service");
        CommandResult result = Sandbox.Commands.Try("systemd-analyze", ["security", "--offline=true", "--no-pager", unit]);

        Match exposure = Exposure().Match(result.Output);
        Assert.That(exposure.Success, Is.True, result.Output + result.Error);
        Assert.That(double.Parse(exposure.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), Is.LessThan(2.0), result.Output);
    }

    [Test]
    public void PinFile_OfSystemdsCredentials_IsFoundThere()
    {
        Assert.That(SystemCredential.Expand("/etc/sam.pin"), Is.EqualTo("/etc/sam.pin"));
        Assert.Throws<StartException>(() => SystemCredential.Expand("$CREDENTIALS_DIRECTORY/sam.pin"));
        string program = Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll");
        string folder = Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName;
        string configuration = Path.Combine(folder, "sam.json");
        OwnerOnly.Write(configuration, """{"Sam":{"Hsm":{"PinFile":"$CREDENTIALS_DIRECTORY/sam.pin"}}}""");
        var environment = new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = folder };

        Assert.That(
            Sandbox.Commands.Try("dotnet", [program, "run", "--config", configuration], environment).Error, Does.Contain("Sam:Hsm:PinFile must be"));
        File.WriteAllText(Path.Combine(folder, "sam.pin"), "1234");
        Assert.That(
            Sandbox.Commands.Try("dotnet", [program, "run", "--config", configuration], environment).Error,
            Does.Contain("Sam:Hsm:Module").And.Not.Contain("PinFile"));
    }

    [Test]
    public void PinFile_OfAStandbyTokenInSystemdsCredentials_IsFoundThere()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll");
        string folder = Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName;
        string configuration = Path.Combine(folder, "sam.json");
        OwnerOnly.Write(
            configuration,
            """{"Sam":{"Hsm":{"Standby":[{"TokenLabel":"b","PinFile":"$CREDENTIALS_DIRECTORY/b.pin"},{"TokenLabel":"c","PinFile":"$CREDENTIALS_DIRECTORY/c.pin"}]}}}""");
        var environment = new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = folder };
        string Start() => Sandbox.Commands.Try("dotnet", [program, "run", "--config", configuration], environment).Error;

        File.WriteAllText(Path.Combine(folder, "b.pin"), "1234");
        Assert.That(Start(), Does.Contain("Sam:Hsm:Standby needs"));
        File.WriteAllText(Path.Combine(folder, "c.pin"), "1234");
        Assert.That(Start(), Does.Contain("Sam:Hsm:Module").And.Not.Contain("Standby"));
    }

    private static async Task<bool> AnswersAsync(TestNode node)
    {
        try
        {
            return (await node.Client.GetStatusAsync()).Head is not null;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static WrappedKeyPair NewPair()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new WrappedKeyPair([1], key.ExportSubjectPublicKeyInfo());
    }

    [GeneratedRegex("Overall exposure level for .*: ([0-9.]+)")]
    private static partial Regex Exposure();
}
