using System.Net;
using System.Net.Sockets;

namespace RemoteSigning.Sandbox;

/// <summary>
/// Free TCP ports on loopback. They are drawn at random below the range from which systems take ports for
/// outgoing connections, so that nothing else is likely to take one before its server listens.
/// </summary>
public static class FreePort
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A port that was free just now and that this process has not got before.</summary>
    public static int Next()
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                lock (Given)
                {
                    if (Given.Add(port))
                    {
                        return port;
                    }
                }
            }
            catch (SocketException)
            {
                // Somebody has it; draw again.
            }
        }

        throw new InvalidOperationException("No free port was found on 127.0.0.1 between 20000 and 32000.");
    }
}
