using System.Globalization;
using System.Net;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>The node's own program with Debian's logrotate and rsyslogd, set up as our packaging says.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LogToolsTests
{
    private TestNode _node = null!; // Set before each test runs.
    private ChildProcess _program = null!;

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        await _node.StopAsync();
        _program = ChildProcess.Start(
            "sam",
            "nohup", // Whoever starts the node may ignore the signal; the node does not.
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll"), "run", "--config", _node.ConfigurationFile],
            Path.Combine(_node.Folder, "run.log"),
            new Dictionary<string, string>([TestToken.Store.Environment]));
        await WaitForStartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        _program.Dispose();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task Logrotate_UnderLoad_RecordsAreTheRequests()
    {
        string rules = WriteLogrotate();
        string state = Path.Combine(_node.Folder, "logrotate.state");
        int before = Files().SelectMany(TestNode.Records).Count();
        using var enough = new CancellationTokenSource();
        Task<int>[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => CallUntilAsync(enough.Token)))];

        for (int rotated = 1; rotated <= 3; rotated++)
        {
            Assert.That(
                () =>
                {
                    _ = Sandbox.Commands.Run("logrotate", ["-f", "-s", state, rules]);
                    return Files().Length;
                },
                Is.GreaterThan(rotated).After(60_000, 200));
            Assert.That(() => File.Exists(_node.LogFile), Is.True.After(20_000, 20), "the node has seen the HUP");
        }

        await enough.CancelAsync();
        int answered = (await Task.WhenAll(load)).Sum();
        string[] files = Files();
        Assert.That(files.Count(f => f.EndsWith(".gz", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(1), "compressed with delay");
        Assert.That(_node.VerifyLog(files, out string said), Is.Zero, said);
        Assert.That(said, Does.Contain($"{before + answered} records, {files.Length} files"));
    }

    [Test]
    public async Task Rsyslog_AcrossARotation_EveryLineArrivesAndVerifies()
    {
        using ChildProcess collector = StartCollector(out int port);
        using ChildProcess forwarder = StartForwarder(port);
        string rules = WriteLogrotate();
        await CallAsync(50);
        _ = Sandbox.Commands.Run("logrotate", ["-f", "-s", Path.Combine(_node.Folder, "logrotate.state"), rules]);
        await CallAsync(50);
        Assert.That(() => File.Exists(_node.LogFile), Is.True.After(20_000, 20));
        await CallAsync(50);
        _program.Stop();

        string received = Path.Combine(_node.Folder, "service.received");
        string[] written = [.. Files().OrderDescending().SelectMany(File.ReadAllLines)];
        Assert.That(() => File.Exists(received) ? Distinct(received) : [], Is.EqualTo(written).After(30_000, 200));
        string copy = Path.Combine(_node.Folder, "copy.log");
        string[] records = [.. Distinct(received).Where(l => !l.StartsWith("{\"continues\":", StringComparison.Ordinal))];
        File.WriteAllLines(copy, records);
        Assert.That(_node.VerifyLog([copy], out string said), Is.Zero, said);
        string[] administration = [.. Directory.GetFiles(_node.Data, "admin.log*").OrderDescending().SelectMany(File.ReadAllLines)];
        Assert.That(() => Distinct(Path.Combine(_node.Folder, "admin.received")), Is.EqualTo(administration).After(30_000, 200));
    }

    private string[] Files() => Directory.GetFiles(_node.Data, "service.log*");

    private static string[] Distinct(string file) => [.. File.ReadAllText(file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct()];

    private async Task WaitForStartAsync()
    {
        for (DateTime until = DateTime.UtcNow.AddSeconds(60); ;)
        {
            try
            {
                _ = await _node.Client.GetStatusAsync();
                return;
            }
            catch (HttpRequestException) when (DateTime.UtcNow < until && !_program.HasExited)
            {
                await Task.Yield();
            }
        }
    }

    private async Task CallAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _ = await _node.Client.GetStatusAsync();
        }
    }

    private async Task<int> CallUntilAsync(CancellationToken enough)
    {
        int answered = 0;
        while (!enough.IsCancellationRequested)
        {
            Reply reply = await _node.Client.SendAsync(HttpMethod.Get, "/sam/v1/status", "");
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
            answered++;
        }

        return answered;
    }

    /// <summary>Our rules with the test's folder and process in place of the system's.</summary>
    private string WriteLogrotate()
    {
        string rules = Packaging("logrotate.conf")
            .Replace("/var/lib/remotesigning/sam", _node.Data, StringComparison.Ordinal)
            .Replace("    su remotesigning-sam remotesigning-sam\n", "", StringComparison.Ordinal)
            .Replace(
                "systemctl kill --kill-whom=main --signal=HUP remotesigning-sam.service",
                string.Create(CultureInfo.InvariantCulture, $"kill -HUP {_program.Id}"),
                StringComparison.Ordinal);
        string file = Path.Combine(_node.Folder, "logrotate.conf");
        OwnerOnly.Write(file, rules);
        return file;
    }

    private ChildProcess StartCollector(out int port)
    {
        port = FreePort.Next();
        return StartRsyslog("collector", string.Create(CultureInfo.InvariantCulture, $$"""
            module(load="imtcp" maxFrameSize="1000000")
            template(name="line" type="string" string="%msg%\n")
            template(name="file" type="string" string="{{_node.Folder}}/%msgid%.received")
            ruleset(name="in") { action(type="omfile" dynaFile="file" template="line" fileCreateMode="0600") }
            input(type="imtcp" port="{{port}}" address="127.0.0.1" ruleset="in")
            """));
    }

    private ChildProcess StartForwarder(int port) => StartRsyslog("forwarder", Packaging("rsyslog.conf")
        .Replace("/var/lib/remotesigning/sam", _node.Data, StringComparison.Ordinal)
        .Replace("collector.example", "127.0.0.1", StringComparison.Ordinal)
        .Replace("\"6514\"", string.Create(CultureInfo.InvariantCulture, $"\"{port}\""), StringComparison.Ordinal));

    private ChildProcess StartRsyslog(string name, string rules)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_node.Folder, name)).FullName;
        string file = Path.Combine(folder, "rsyslog.conf");
        OwnerOnly.Write(file, $"global(maxMessageSize=\"512k\" workDirectory=\"{folder}\")\n{rules}\n");
        return ChildProcess.Start(
            name, "rsyslogd", ["-n", "-f", file, "-i", Path.Combine(folder, "pid")], Path.Combine(folder, "output.log"), new Dictionary<string, string>
            {
                ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            });
    }

    private static string Packaging(string name) =>
        File.ReadAllText(Path.Combine(Installation.Current.Root, "backend", "RemoteSigning.Sam", "packaging", name));
}
