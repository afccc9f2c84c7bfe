using System.IO.Compression;
using System.Net;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>The log goes on over several files, and each of them, and all together, verify.</summary>
public sealed class RotationTests
{
    private TestNode _node = null!; // Set before each test runs.

    [SetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    private string Old => _node.LogFile + ".1";

    [Test]
    public async Task Reopen_LiveFileRenamed_GoesOnInANewOne()
    {
        TreeHead before = await CallAsync(3);
        await RotateAsync(Old);
        TreeHead after = await CallAsync(2);

        Assert.That(TestNode.Records(Old)[^1].Index, Is.EqualTo(before.TreeSize - 1));
        Assert.That(_node.Records().Select(r => r.Index), Is.EqualTo((long[])[before.TreeSize, before.TreeSize + 1]));
        Assert.That(_node.VerifyLog([_node.LogFile, Old], out string said), Is.Zero, said);
        Assert.That(said, Does.Contain($"{after.TreeSize} records, 2 files"));
        Assert.That(_node.VerifyLog([_node.LogFile], out said), Is.Zero, said);
        Assert.That(said, Does.Contain($"of which {before.TreeSize} are vouched for"));
        Assert.That(_node.VerifyLog([Old], out said), Is.Zero, said);
        Assert.That((await _node.Client.GetWithHeadAsync(before.Name)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Reopen_NothingRenamed_StaysInTheFile()
    {
        await CallAsync(1);

        Assert.That(await _node.ReopenLogsAsync(), Is.Zero);

        await CallAsync(1);
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Reopen_UnderLoad_NoRecordIsLostOrDoubled()
    {
        long before = _node.Records().Count;
        Task[] load = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => CallAsync(25)))];
        for (int i = 9; i > 0; i--)
        {
            await RotateAsync($"{_node.LogFile}.{i}");
            await CallAsync(1);
        }

        await Task.WhenAll(load);

        string[] files = Directory.GetFiles(_node.Data, "service.log*");
        Assert.That(files, Has.Length.EqualTo(10));
        Assert.That(
            files.SelectMany(TestNode.Records).Select(r => r.Index).Order(), Is.EqualTo(Enumerable.Range(0, (int)before + (8 * 25) + 9)));
        Assert.That(_node.VerifyLog(files, out string said), Is.Zero, said);
        await _node.RestartAsync();
        Assert.That(_node.Records()[^1].Reason, Does.Not.Contain("cut"));
    }

    [Test]
    public async Task Restart_FilesRotatedAndCompressed_KnowsAllHeads()
    {
        TreeHead first = await CallAsync(1);
        await RotateAsync(Old);
        TreeHead second = await CallAsync(1);
        await RotateAsync(_node.LogFile + "-20260101");
        Compress(Old);

        await _node.RestartAsync();

        foreach (TreeHead head in (TreeHead[])[first, second])
        {
            Assert.That((await _node.Client.GetWithHeadAsync(head.Name)).Status, Is.EqualTo(HttpStatusCode.OK));
        }

        Assert.That(_node.VerifyLog(Directory.GetFiles(_node.Data, "service.log*"), out string said), Is.Zero, said);
    }

    [Test]
    public async Task Restart_OldFileRemoved_GoesOnAndKnowsNoOlderHead()
    {
        TreeHead first = await CallAsync(1);
        TreeHead second = await CallAsync(1);
        await RotateAsync(Old);
        await _node.StopAsync();
        File.Delete(Old);

        await _node.StartAsync();

        Assert.That((await _node.Client.GetWithHeadAsync(second.Name)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await _node.Client.GetWithHeadAsync(first.Name)).MustBe(HttpStatusCode.Conflict, "head_unknown");
        Assert.That((await CallAsync(1)).TreeSize, Is.EqualTo(second.TreeSize + 5), "a stop, a start, three calls");
        Assert.That(_node.VerifyLog(out string said), Is.Zero, said);
    }

    [Test]
    public async Task Restart_FileInTheMiddleRemoved_Refuses()
    {
        await CallAsync(1);
        await RotateAsync(_node.LogFile + ".2");
        await CallAsync(1);
        await RotateAsync(Old);
        await CallAsync(1);
        await _node.StopAsync();
        File.Delete(Old);

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("a file is missing"));
        Assert.That(_node.VerifyLog(Directory.GetFiles(_node.Data, "service.log*"), out string said), Is.EqualTo(1), said);
    }

    [Test]
    public async Task Restart_FirstLineChanged_Refuses()
    {
        await CallAsync(2);
        await RotateAsync(Old);
        TreeHead head = await CallAsync(1);
        await _node.StopAsync();
        File.Delete(Old);
        string text = File.ReadAllText(_node.LogFile);
        int at = text.IndexOf("\"subtrees\":[\"", StringComparison.Ordinal) + 13;
        File.WriteAllText(_node.LogFile, text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..]);

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("does not verify"));
        Assert.That(_node.VerifyLog(out string said), Is.EqualTo(1), $"{said} {head}");
    }

    /// <summary>A crash between logrotate's renaming and its HUP leaves the newest records in the renamed file.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task Restart_RenamedButNotReopened_CutsTheRenamedOneAndGoesOn(bool newFileIsTorn)
    {
        TreeHead head = await CallAsync(2);
        await _node.StopAsync();
        File.Move(_node.LogFile, Old);
        File.AppendAllText(Old, "{\"v\":1,\"ind");
        if (newFileIsTorn)
        {
            File.WriteAllText(_node.LogFile, "{\"continues\":{\"subtr");
        }

        await _node.StartAsync();

        Assert.That(_node.Records()[0].Reason, Does.Contain("torn line of 11 bytes"));
        Assert.That((await _node.Client.GetWithHeadAsync(head.Name)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_node.VerifyLog([Old, _node.LogFile], out string said), Is.Zero, said);
    }

    [Test]
    public async Task Reopen_NewFileCannotBeWritten_OldOneGoesOn()
    {
        await CallAsync(1);
        File.Move(_node.LogFile, Old);
        _node.LogFaults.Full = true;
        Assert.ThrowsAsync<Contracts.ProblemException>(_node.ReopenLogsAsync);
        _node.LogFaults.Heal();

        await CallAsync(1);
        Assert.That(await _node.ReopenLogsAsync(), Is.EqualTo(1));
        await CallAsync(1);
        Assert.That(_node.VerifyLog([Old, _node.LogFile], out string said), Is.Zero, said);
        await _node.RestartAsync();
    }

    [Test]
    public async Task Reopen_NewFileCannotBeFlushed_NothingIsServedUntilAStartHasVerified()
    {
        await CallAsync(1);
        File.Move(_node.LogFile, Old);
        _node.LogFaults.FlushFails = true;
        Assert.ThrowsAsync<Contracts.ProblemException>(_node.ReopenLogsAsync);
        _node.LogFaults.Heal();

        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "")).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");
        Assert.ThrowsAsync<Contracts.ProblemException>(_node.StopAsync);
        await _node.StartAsync();
        await CallAsync(1);
        Assert.That(_node.VerifyLog([Old, _node.LogFile], out string said), Is.Zero, said);
    }

    /// <summary><c>copytruncate</c> is not for this log: nothing is written behind a hole.</summary>
    [Test]
    public async Task Sign_LiveFileWasCutByAnother_NothingIsServed()
    {
        await CallAsync(1);
        using (FileStream file = new(_node.LogFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(0);
        }

        (await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "")).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");

        Assert.That(new FileInfo(_node.LogFile).Length, Is.Zero);
        Assert.ThrowsAsync<Contracts.ProblemException>(_node.StopAsync);
        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("admin.log says"));
    }

    private async Task<TreeHead> CallAsync(int times)
    {
        TreeHead? head = null;
        for (int i = 0; i < times; i++)
        {
            head = (await _node.Client.GetStatusAsync()).Head;
        }

        return head!; // A status always has one.
    }

    private async Task RotateAsync(string to)
    {
        File.Move(_node.LogFile, to);
        Assert.That(await _node.ReopenLogsAsync(), Is.EqualTo(1));
    }

    private static void Compress(string file)
    {
        using (FileStream from = File.OpenRead(file))
        using (var to = new GZipStream(File.Create(file + ".gz"), CompressionLevel.Fastest))
        {
            from.CopyTo(to);
        }

        File.Delete(file);
    }
}
