using System.Diagnostics;
using NUnit.Framework;

// Not in the namespace of SharedSandbox, which would start a sandbox for it.
namespace RemoteSigning.Sandbox.Tests;

/// <summary>Ports are drawn before their servers listen, so nobody else may draw them in between.</summary>
public sealed class FreePortTests
{
    // Outside the range that others draw from.
    private const int First = 19_900;

    [Test]
    public void Next_AnotherProcessHasAllPortsButOne_GivesThatOne()
    {
        using Process other = Lock(First, 4);

        Assert.That(FreePort.Next(First, First + 5), Is.EqualTo(First + 4));

        End(other);
    }

    [Test]
    public void Next_AnotherProcessHasAllPorts_Refuses()
    {
        using Process other = Lock(First + 10, 5);

        Assert.That(
            () => FreePort.Next(First + 10, First + 15),
            Throws.InvalidOperationException.With.Message.EqualTo("No free port was found on 127.0.0.1 from 19910 to 19914."));

        End(other);
    }

    [Test]
    public void Next_AnotherProcessEnded_GivesItsPort()
    {
        End(Lock(First + 5, 1));

        Assert.That(FreePort.Next(First + 5, First + 6), Is.EqualTo(First + 5));
    }

    [Test]
    public void Next_PortGiven_AnotherProcessDoesNotGetIt()
    {
        int port = FreePort.Next();

        CommandResult other = Commands.Try("python3", ["-c", LockScript, FreePort.LockFile, $"{port}", "1"]);

        Assert.That(other.ExitCode, Is.Not.Zero);
        Assert.That(other.Error, Does.Contain("BlockingIOError"));
    }

    private const string LockScript =
        """
        import fcntl, sys
        file = open(sys.argv[1], "r+")
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, int(sys.argv[3]), int(sys.argv[2]))
        print("locked", flush=True)
        sys.stdin.read()
        """;

    /// <summary>A process that holds the ports until its standard input ends.</summary>
    private static Process Lock(int first, int count)
    {
        _ = FreePort.Next(); // Makes the file, should it not be there.
        Process process = Process.Start(new ProcessStartInfo("python3", ["-c", LockScript, FreePort.LockFile, $"{first}", $"{count}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!; // It does not use the shell.
        Assert.That(process.StandardOutput.ReadLine(), Is.EqualTo("locked"));
        return process;
    }

    private static void End(Process process)
    {
        process.StandardInput.Close();
        process.WaitForExit();
    }
}
