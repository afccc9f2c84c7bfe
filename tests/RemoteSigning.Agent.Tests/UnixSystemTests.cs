using System.Net.Sockets;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Sandbox;
using Processes = RemoteSigning.Sandbox.Commands;

namespace RemoteSigning.Agent.Tests;

/// <summary>Who may connect, and where the agent may listen.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class UnixSystemTests
{
    private const UnixFileMode Everybody = UnixFileMode.OtherExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [TestCase(1000u, 1000u, true)]
    [TestCase(1001u, 1000u, false)]
    [TestCase(0u, 1000u, false, Description = "not even root")]
    [TestCase(1000u, 0u, false)]
    public void MayConnect_OnlyTheSameUser(uint peer, uint own, bool may) => Assert.That(UnixSystem.MayConnect(peer, own), Is.EqualTo(may));

    [Test]
    public async Task Accept_ForeignUser_IsClosedWithoutAWord()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root can become another user.");
        }

        await using World world = await World.StartAsync(CardMode.Agent);
        string folder = Path.GetDirectoryName(world.Socket) ?? "";
        File.SetUnixFileMode(world.Folder, File.GetUnixFileMode(world.Folder) | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(world.Socket, File.GetUnixFileMode(world.Socket) | Everybody);

        // A complete HELLO; an agent that took it would answer.
        const string Program =
            """
            use Socket; $SIG{PIPE} = 'IGNORE'; socket(S, PF_UNIX, SOCK_STREAM, 0);
            connect(S, sockaddr_un($ARGV[0])) or die "connect: $!";
            syswrite(S, pack('C*', 24, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, (0) x 16)); print sysread(S, my $answer, 100) || 0;
            """;
        CommandResult result = Processes.Try("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/perl", "-e", Program, world.Socket]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.ExitCode, result.Output), Is.EqualTo((0, "0")), result.Error);
            Assert.That(world.Log.Entries.Single(e => e.Id == 110).Text, Does.Contain("65534"));
            Assert.That(Processes.Run("/usr/bin/perl", ["-e", Program, world.Socket]), Is.Not.EqualTo("0"), "our own user is answered");
        }
    }

    [Test]
    public async Task Listen_FolderMissing_MakesItForTheOwnerOnly()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        string folder = Path.GetDirectoryName(world.Socket) ?? "";
        Assert.That(File.GetUnixFileMode(folder), Is.EqualTo(OwnerOnly.Folder));
        Assert.That(File.GetUnixFileMode(world.Socket), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [TestCase(UnixFileMode.GroupExecute)]
    [TestCase(UnixFileMode.OtherWrite)]
    public void Listen_FolderOpenToOthers_IsRefused(UnixFileMode others)
    {
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, OwnerOnly.Folder | others);
        AssertRefused(folder.In("card.sock"), "chmod 700");
    }

    [Test]
    public void Listen_FolderIsALink_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.In("real"), OwnerOnly.Folder);
        Directory.CreateSymbolicLink(folder.In("link"), folder.In("real"));
        AssertRefused(Path.Combine(folder.In("link"), "card.sock"), "real folder");
    }

    [Test]
    public void Listen_FolderOfAnotherUser_IsRefused()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root can give a folder away.");
        }

        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.In("theirs"), OwnerOnly.Folder);
        Processes.Run("chown", ["65534", folder.In("theirs")]);
        AssertRefused(Path.Combine(folder.In("theirs"), "card.sock"), "belongs to you");
    }

    [Test]
    public void Listen_PathTooLong_IsRefused()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.In(new string('x', 108)), "longer than the 107 bytes");
    }

    [Test]
    public void Listen_LiveAgent_IsRefusedAndADeadOneIsReplaced()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("card.sock");
        var system = new UnixSystem(new ListLog());
        using (ILocalListener alive = system.Listen(path))
        {
            AssertRefused(path, "Another agent already serves");
            Assert.That(File.Exists(path), Is.True, "the living agent keeps its socket");
        }

        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(folder.In("other")));
            File.Move(folder.In("other"), path);
        }

        Assert.That(File.Exists(path), Is.True);
        Assert.That(() => system.Listen(path).Dispose(), Throws.Nothing);
    }

    [TestCase("file")]
    [TestCase("link")]
    [TestCase("folder")]
    public void Listen_SomethingElseLiesThere_IsRefusedAndLeftAlone(string what)
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("card.sock");
        File.WriteAllText(what == "file" ? path : folder.In("kept"), "precious");
        if (what == "link")
        {
            File.CreateSymbolicLink(path, folder.In("kept"));
        }
        else if (what == "folder")
        {
            Directory.CreateDirectory(path);
        }

        AssertRefused(path, $"{path} is there already and is no socket");
        Assert.That(File.ReadAllText(what == "file" ? path : folder.In("kept")), Is.EqualTo("precious"));
        Assert.That(Path.Exists(path), Is.True);
        Directory.Move(path, folder.In("away"));
        Assert.That(() => new UnixSystem(new ListLog()).Listen(path).Dispose(), Throws.Nothing, "the lock was given back");
    }

    [Test]
    public void Dispose_SomethingElseLiesThereNow_IsLeftAlone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("card.sock");
        ILocalListener listener = new UnixSystem(new ListLog()).Listen(path);
        File.Delete(path);
        Directory.CreateDirectory(path);
        listener.Dispose();
        Assert.That(Directory.Exists(path), Is.True);
    }

    [Test]
    public void Connect_NobodyListens_SaysHowToStartAnAgent()
    {
        using var folder = new TemporaryFolder();
        ProblemException? refusal = Assert.ThrowsAsync<ProblemException>(() =>
            new UnixSystem(new ListLog()).ConnectAsync(folder.In("card.sock"), CancellationToken.None));
        Assert.That((refusal?.Problem, refusal?.Message), Is.EqualTo(
            ((Problem?)Problem.AgentUnavailable, $"No agent is running at {folder.In("card.sock")}. Start one with: virtual-card run")));
    }

    [TestCase(UnixFileMode.UserRead | UnixFileMode.GroupRead, false)]
    [TestCase(UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [TestCase(UnixFileMode.UserRead | UnixFileMode.UserWrite, true)]
    public void CheckOwnerOnly_Modes(UnixFileMode mode, bool accepted)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.In("secret"), "");
        File.SetUnixFileMode(folder.In("secret"), mode);
        Assert.That(() => new UnixSystem(new ListLog()).CheckOwnerOnly(folder.In("secret")), accepted ? Throws.Nothing : Throws.TypeOf<ProblemException>());
    }

    private static void AssertRefused(string path, string words)
    {
        ProblemException? refusal = Assert.Throws<ProblemException>(() => new UnixSystem(new ListLog()).Listen(path).Dispose());
        Assert.That(refusal?.Problem, Is.EqualTo(Problem.NotAllowed));
        Assert.That(refusal?.Message, Does.Contain(words));
    }
}
