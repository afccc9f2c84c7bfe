using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>SAM-32: one log for the service, one for the administration, and neither stands for the other.</summary>
public sealed class TwoLogsTests
{
    private TestNode _node = null!; // Set before each test runs.

    [SetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Requests_OfBothRoles_EachInItsLog()
    {
        using SamClient client = _node.Connect(_node.Operator);
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        await client.DeleteAsync(key, TestKey.Signer);
        (await client.SendAsync(HttpMethod.Get, "/nothing", "")).MustBe(HttpStatusCode.NotFound, "not_found");
        _node.LostLogins++;
        await _node.EpochAsync();

        Assert.That(
            _node.Records().Select(r => (r.Event, r.Actor)).Where(r => r.Actor != "ssa"), Is.EqualTo(new[] { ("start", (string?)null) }));
        Assert.That(
            _node.AdministrationRecords().Select(r => (r.Event, r.Actor)),
            Is.EqualTo(new[] { ("create_module", (string?)null), ("start", null), ("delete_key_pair", "operator"), ("refused_request", "operator"), ("new_epoch", null) }));
        Assert.That(_node.VerifyLog([_node.AdministrationLogFile], out string said), Is.Zero, said);
        Assert.That(said, Does.Contain("admin log verifies: 5 records"));
    }

    [Test]
    public async Task Head_OfTheOtherLog_RefusedAndDoesNotVerify()
    {
        using SamClient client = _node.Connect(_node.Operator);
        TreeHead administration = (await client.GetStatusAsync()).Head!; // A status always has one.
        SamStatus status = await _node.Client.GetStatusAsync();
        TreeHead service = status.Head!;
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(status.AuditPublicKey);

        (await _node.Client.GetWithHeadAsync(administration.Name)).MustBe(HttpStatusCode.Conflict, "head_unknown");
        (await client.GetWithHeadAsync(service.Name)).MustBe(HttpStatusCode.Conflict, "head_unknown");
        Assert.That((service.Verify(key), administration.Verify(key, AuditLogNames.Administration)), Is.EqualTo((true, true)));
        Assert.That((service.Verify(key, AuditLogNames.Administration), administration.Verify(key)), Is.EqualTo((false, false)));
        Assert.That((administration with { Log = null }).Verify(key), Is.False);
    }

    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(true, true)]
    [TestCase(false, true)]
    public async Task Start_OneLogCutOrRemoved_TheOtherShowsIt(bool service, bool removed)
    {
        for (int i = 0; i < 3; i++)
        {
            await _node.RestartAsync();
        }

        await _node.StopAsync();
        string file = service ? _node.LogFile : _node.AdministrationLogFile;
        if (removed)
        {
            File.Delete(file);
        }
        else
        {
            File.WriteAllLines(file, File.ReadAllLines(file)[..^6]);
        }

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain($"{Path.GetFileName(file)} is older than"));
    }

    /// <summary>A file of the one log put in the place of the other's.</summary>
    [Test]
    public async Task Start_LogsExchanged_Refuses()
    {
        await _node.StopAsync();
        File.Copy(_node.AdministrationLogFile, _node.LogFile, overwrite: true);

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("another log"));
    }

    /// <summary>An operator's deletion stands in the other log than the assignment; the floor list is compared with both.</summary>
    [Test]
    public async Task Start_FloorListCutBeforeAnOperatorsDeletion_Refuses()
    {
        using SamClient client = _node.Connect(_node.Operator);
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        await client.DeleteAsync(key, TestKey.Signer);
        await _node.StopAsync();
        File.WriteAllLines(_node.FloorFile, File.ReadAllLines(_node.FloorFile)[..^1]);

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("floor list"));
    }
}
