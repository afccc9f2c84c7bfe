using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Commands;

namespace RemoteSigning.Sam.Tests;

/// <summary>What is done to a node past its interface stands in its administration log too, with who did it.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CommandRecordTests
{
    private readonly DualControl _second = new();
    private TestNode _node = null!; // Set before each test runs.

    private string Infrastructure => Path.Combine(_node.Data, "sam_infrastructure.json");

    private string Digest => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Infrastructure)));

    [SetUp]
    public void Make() => _node = TestNode.New();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Create_FirstRecord_NamesTheUserAndTheFingerprint()
    {
        await _node.StartAsync();

        AuditRecord record = _node.AdministrationRecords()[0];
        Assert.That(
            (record.Event, record.InfrastructureDigest, record.Actor, record.Outcome),
            Is.EqualTo(("create_module", Digest, (string?)null, "success")));
        Assert.That(record.OperatingSystemUser, Does.StartWith(Environment.UserName));
        Assert.That(record.Reason, Does.StartWith("keys that stay in their token"));
        Assert.That(_node.VerifyLog([_node.AdministrationLogFile], out string said), Is.Zero, said);
    }

    [Test]
    public async Task Initialize_FirstRecord_NamesTheUserAndTheFingerprint()
    {
        await using TestNode other = TestNode.New(new TestSetup
        {
            EditStatic = s => s["node"] = "sam-other",
            Make = (file, seams) => AdminInitializeCommand.Run(file, Infrastructure, [], TextWriter.Null, seams),
        });

        AuditRecord record = other.AdministrationRecords().Single();
        Assert.That((record.Event, record.Node, record.InfrastructureDigest), Is.EqualTo(("initialize_node", "sam-other", Digest)));
        Assert.That(record.OperatingSystemUser, Does.StartWith(Environment.UserName));
    }

    [Test]
    public async Task AddAndRetire_Records_NameGenerationAndFingerprint()
    {
        await _node.AddKeyEncryptionKeyAsync();
        string added = Digest;
        await _node.RetireKeyEncryptionKeyAsync(1);
        await _node.StartAsync();

        Assert.That(
            _node.AdministrationRecords().Skip(1).Take(2).Select(r => (r.Event, r.InfrastructureDigest, r.Reason!.Split(';')[0])),
            Is.EqualTo(new[]
            {
                ("add_key_encryption_key", added, "generation 2: sam-kek-2"),
                ("retire_key_encryption_key", Digest, "generation 1"),
            }));
        Assert.That(_node.AdministrationRecords()[2].OperatingSystemUser, Does.StartWith(Environment.UserName));
    }

    [Test]
    public async Task Add_NodeRuns_RefusedAndNothingChanges()
    {
        await _node.StartAsync();
        string before = Digest;

        Assert.That(
            () => _node.AddKeyEncryptionKeyAsync(),
            Throws.TypeOf<StartException>().With.Message.Contains("Stop it first"));
        Assert.That(Digest, Is.EqualTo(before));
    }

    [Test]
    public void Add_RecordCannotBeWritten_RefusedAndNothingChanges()
    {
        string before = Digest;
        _node.LogFaults.Full = true;

        Assert.That(() => _node.AddKeyEncryptionKeyAsync(), Throws.TypeOf<ProblemException>());
        Assert.That((Digest, _node.AdministrationRecords().Count), Is.EqualTo((before, 1)));
    }

    [Test]
    public async Task Add_LogWasChanged_RefusedAndNothingChanges()
    {
        await _node.RestartAsync();
        await _node.StopAsync();
        string before = Digest;
        File.WriteAllText(_node.AdministrationLogFile, File.ReadAllText(_node.AdministrationLogFile).Replace("create_module", "create_modules", StringComparison.Ordinal));

        Assert.That(
            () => _node.AddKeyEncryptionKeyAsync(),
            Throws.TypeOf<StartException>().With.Message.Contains("does not verify"));
        Assert.That(Digest, Is.EqualTo(before));
    }

    [Test]
    public async Task Import_Record_NamesTheUser()
    {
        await _node.ImportAsync();

        AuditRecord record = _node.AdministrationRecords()[^1];
        Assert.That((record.Event, record.OperatingSystemUser), Is.EqualTo(("import_configuration", OperatingSystemUser.Name)));
    }

    [TestCase("")]
    [TestCase("two\nlines")]
    public async Task Unlock_ReasonThatIsNone_Refused(string reason)
    {
        await LockAsync(_node);

        Assert.That(Assert.ThrowsAsync<StartException>(() => UnlockAsync(_node, reason))!.Message, Does.Contain("one line"));
    }

    [Test]
    public async Task Unlock_Records_NameTheUser()
    {
        await LockAsync(_node);

        await UnlockAsync(_node, "a fan was changed");

        foreach (AuditRecord record in (AuditRecord[])[_node.AdministrationRecords()[^1], _node.Records()[^1]])
        {
            Assert.That((record.Event, record.OperatingSystemUser, record.Approver), Is.EqualTo(("unlock_module", OperatingSystemUser.Name, (string?)null)));
            Assert.That(record.Reason, Does.StartWith("a fan was changed;"));
        }
    }

    [Test]
    public async Task Unlock_DualControl_NeedsAnOperatorsApprovalOfThisReasonForThisLock()
    {
        await using TestNode node = TestNode.New(new TestSetup { EditStatic = _second.TurnOn });
        string infrastructure = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(node.Data, "sam_infrastructure.json"))));
        await node.ImportAsync(
            "--static-approval", _second.ApproveInFile(node.StaticFile, infrastructure, node.Clock.GetUtcNow()),
            "--dynamic-approval", _second.ApproveInFile(node.DynamicFile, infrastructure, node.Clock.GetUtcNow()));
        await LockAsync(node);
        string statement = Path.Combine(node.Folder, "statement");
        string approval = Path.Combine(node.Folder, "approval");

        Assert.That(Assert.ThrowsAsync<StartException>(() => UnlockAsync(node, "seen"))!.Message, Does.Contain("--statement"));
        await UnlockAsync(node, "seen", "--statement", statement);
        Assert.That(File.ReadAllText(statement), Does.Match("^RemoteSigning unlock v1\nsam-1\n[0-9]+\\.[A-Za-z0-9_-]{43}\nseen\n\\z"));
        Approve(statement, infrastructure, "sam-configuration+jws", approval);
        Assert.That(Assert.ThrowsAsync<ProblemException>(() => UnlockAsync(node, "seen", "--approval", approval))!.Code, Is.EqualTo("approval_invalid"));
        Approve(statement, infrastructure, "sam-unlock+jws", approval);
        Assert.That(
            Assert.ThrowsAsync<ProblemException>(() => UnlockAsync(node, "something else", "--approval", approval))!.Code, Is.EqualTo("approval_invalid"));
        Assert.ThrowsAsync<StartException>(node.StartAsync, "still locked");

        await UnlockAsync(node, "seen", "--approval", approval);

        AuditRecord record = node.AdministrationRecords()[^1];
        Assert.That((record.Event, record.Approver, record.OperatingSystemUser), Is.EqualTo(("unlock_module", _second.Name, OperatingSystemUser.Name)));
        await node.StartAsync();
        await LockAsync(node);
        Assert.That(
            Assert.ThrowsAsync<ProblemException>(() => UnlockAsync(node, "seen", "--approval", approval))!.Code,
            Is.EqualTo("approval_invalid"),
            "it was for the lock before");
    }

    /// <summary>By the script of the documentation.</summary>
    private void Approve(string statement, string infrastructure, string type, string file)
    {
        string script = Path.Combine(Sandbox.Installation.Current.Root, "docs", "sam", "sam-approve.sh");
        File.WriteAllText(file, Sandbox.Commands.Run("bash", [script, statement, _second.Name, _second.KeyFile, infrastructure, type]), Encoding.ASCII);
    }

    /// <summary>Somebody was at the machine, and has gone.</summary>
    private static async Task LockAsync(TestNode node)
    {
        string sensor = Path.Combine(node.Folder, "tamper.sh");
        Say("exit 0");
        node.Configure(sam => sam["Tamper"] = new System.Text.Json.Nodes.JsonObject { ["Command"] = sensor, ["Interval"] = "01:00:00" });
        await node.RestartAsync();
        Say("exit 1");
        await node.CheckTamperAsync();
        await node.StopAsync();
        Say("exit 0");

        void Say(string script)
        {
            File.WriteAllText(sensor, $"#!/bin/sh\n{script}\n");
            File.SetUnixFileMode(sensor, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static Task<int> UnlockAsync(TestNode node, string reason, params string[] more) => AdminUnlockCommand.RunAsync(
        ["--config", node.ConfigurationFile, "--reason", reason, .. more], TextWriter.Null, node.Seams);
}
