using System.Net;
using System.Net.Sockets;

namespace RemoteSigning.Sandbox;

/// <summary>
/// Free TCP ports on loopback. They are drawn at random below the range from which systems take ports for
/// outgoing connections, so that nothing else is likely to take one before its server listens. Other sandboxes and tests
/// draw from the same range, so a port that was given is locked until this process ends: one byte for each in a file that all share.
/// </summary>
public static class FreePort
{
    private static readonly Lazy<FileStream> Locks = new(OpenLocks);
    private static readonly HashSet<int> Given = [];

    /// <summary>The file with the locks; each user has one.</summary>
    public static string LockFile { get; } =
        Path.Combine(Path.GetTempPath(), $"remote-signing-ports-{Environment.UserName}.lock");

    /// <summary>A port that was free just now and that neither this process nor another that runs has got before.</summary>
    public static int Next() => Next(20_000, 32_000);

    /// <summary>As <see cref="Next()"/>, from a range of one's own; <paramref name="end"/> is the first port that is not in it.</summary>
    public static int Next(int first, int end)
    {
        lock (Given)
        {
            for (int attempt = 0; attempt < 200; attempt++)
            {
                int port = Random.Shared.Next(first, end);
                if (!Given.Contains(port) && TryLock(port) && IsFree(port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port was found on 127.0.0.1 from {first} to {end - 1}.");
    }

    /// <summary>Locks the port's byte. The system gives the lock back when this process ends, however it ends.</summary>
    private static bool TryLock(int port)
    {
        try
        {
            Locks.Value.Lock(port, 1);
            return true;
        }
        catch (IOException)
        {
            return false; // Another process has it.
        }
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Never closed: the system drops all locks of a process on a file with the first handle that it closes.</summary>
    private static FileStream OpenLocks() =>
        new(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
