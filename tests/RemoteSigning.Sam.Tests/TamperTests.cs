using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Commands;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>SAM-29: when somebody was at the machine the module locks, until an operator has looked.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TamperTests
{
    private TestNode _node = null!; // Set before each test runs.
    private KeyPair _key = null!;

    private string Sensor => Path.Combine(_node.Folder, "tamper.sh");

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
        await _node.StopAsync();
        Say("exit 0");
        _node.Configure(sam => sam["Tamper"] = new System.Text.Json.Nodes.JsonObject
        {
            ["Command"] = Sensor,
            ["Interval"] = "01:00:00",
            ["Timeout"] = "00:00:01",
        });
        await _node.StartAsync();
    }

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [TestCase("exit 3", "the tamper program ended with 3")]
    [TestCase("sleep 60", "the tamper program did not end within 1 s")]
    [TestCase(null, "the tamper program cannot be run")]
    public async Task Watch_NotUntouched_LocksForGoodUntilUnlocked(string? script, string reason)
    {
        SignaturesRequest request = NewRequest();
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        await _node.CheckTamperAsync();
        Say(script);

        await _node.CheckTamperAsync();

        (await _node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.ServiceUnavailable, "module_locked");
        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "")).MustBe(HttpStatusCode.ServiceUnavailable, "module_locked");
        AuditRecord record = _node.AdministrationRecords()[^1];
        Assert.That((record.Event, record.Reason), Is.EqualTo(("lock_module", (string?)record.Reason)));
        Assert.That(record.Reason, Does.StartWith(reason));
        Assert.That(_node.Records()[^1].Event, Is.EqualTo("lock_module"));
        await _node.StopAsync();
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("locked"), "also with another program");
        Assert.That(Assert.ThrowsAsync<StartException>(() => UnlockAsync("seen"))!.Message, Does.Contain("stays locked"));

        Say("exit 0");
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("admin unlock"));
        await UnlockAsync("the door was open for maintenance");
        await _node.StartAsync();

        Assert.That(_node.AdministrationRecords()[^2].Reason, Does.Contain("the door was open"));
        SignaturesRequest again = NewRequest();
        Assert.That((await _node.Client.SignAsync(again, (await TestSad.ForAsync(_node, again)).Sign(_node.As1))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
        await _node.StopAsync();
        Assert.That(Assert.ThrowsAsync<StartException>(() => UnlockAsync("twice"))!.Message, Does.Contain("not locked"));
    }

    [Test]
    public async Task Start_NotUntouched_LocksAndServesNothing()
    {
        await _node.StopAsync();
        Say("exit 1");

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("locked now"));

        Say("exit 0");
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("admin unlock"));
    }

    [Test]
    public async Task Lock_RecordCutFromOneLog_StartRefuses()
    {
        Say("exit 1");
        await _node.CheckTamperAsync();
        await _node.StopAsync();
        File.WriteAllLines(_node.AdministrationLogFile, File.ReadAllLines(_node.AdministrationLogFile)[..^2]);

        Assert.ThrowsAsync<StartException>(_node.StartAsync);
    }

    [Test]
    public async Task Lock_LogCannotBeWritten_LockedAllTheSame()
    {
        Say("exit 1");
        _node.LogFaults.Full = true;

        await _node.CheckTamperAsync();

        _node.LogFaults.Heal();
        SignaturesRequest request = NewRequest();
        (await _node.Client.SignAsync(request, "x")).MustBe(HttpStatusCode.ServiceUnavailable, "module_locked");
        await _node.StopAsync();
        Assert.ThrowsAsync<StartException>(_node.StartAsync, "the program is asked again");
    }

    /// <summary>As the unit has it: neither the SAM's process nor its tamper program is root.</summary>
    [TestCase("test \"$(id -u)\" -ne 0 || exit 9; exit 3", "the tamper program ended with 3")]
    [TestCase("sleep 60", "the tamper program did not end within 1 s")]
    [TestCase(null, "the tamper program cannot be run or ended: Win32Exception")]
    public void Unlock_AsAnUnprivilegedUser_TheProgramIsAskedAllTheSame(string? script, string said)
    {
        string folder = Directory.CreateTempSubdirectory("unprivileged-").FullName;
        string file = Path.Combine(folder, "sam.json");
        string sensor = Path.Combine(folder, "tamper.sh");
        // The program is asked before anything else is opened, so the other files only have to be there.
        OwnerOnly.Write(file, new JsonObject
        {
            ["Sam"] = new JsonObject
            {
                ["Listen"] = "https://127.0.0.1:8443",
                ["Tls"] = new JsonObject { ["Certificate"] = file, ["Key"] = file },
                ["DataFolder"] = folder,
                ["StaticConfiguration"] = file,
                ["DynamicConfiguration"] = file,
                ["Hsm"] = new JsonObject { ["Module"] = SoftHsm.Module, ["TokenLabel"] = "none", ["PinFile"] = file },
                ["Tamper"] = new JsonObject { ["Command"] = sensor, ["Timeout"] = "00:00:01" },
            },
        }.ToJsonString());
        File.WriteAllText(sensor, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(sensor, UnixFileMode.UserRead | (script is null ? 0 : UnixFileMode.UserExecute));
        string program = Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll");
        string[] prefix = [];
        if (Environment.IsPrivilegedProcess)
        {
            Sandbox.Commands.Run("chown", ["-R", "nobody", folder]);
            prefix = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"];
            if (Sandbox.Commands.Try("setpriv", [.. prefix, "test", "-r", program]).ExitCode != 0)
            {
                Assert.Ignore("The user nobody may not read the programs of this checkout.");
            }
        }

        string[] command = ["dotnet", program, "admin", "unlock", "--config", file, "--reason", "seen"];
        string[] whole = prefix.Length == 0 ? command : ["setpriv", .. prefix, .. command];
        CommandResult result = Sandbox.Commands.Try(whole[0], whole[1..], new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" });

        Assert.That((result.ExitCode, result.Error), Is.EqualTo((1, $"admin unlock failed: The module stays locked: {said}.\n")));
    }

    private Task<int> UnlockAsync(string reason, params string[] more) => AdminUnlockCommand.RunAsync(
        ["--config", _node.ConfigurationFile, "--reason", reason, .. more], TextWriter.Null, _node.Seams);

    private void Say(string? script)
    {
        if (script is null)
        {
            File.Delete(Sensor);
            return;
        }

        File.WriteAllText(Sensor, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(Sensor, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private SignaturesRequest NewRequest() => new(
        [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], _key, new Signer(TestKey.Signer));
}
