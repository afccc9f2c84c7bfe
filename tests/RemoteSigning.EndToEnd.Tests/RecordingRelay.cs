using System.Collections.Concurrent;
using System.Net.Sockets;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>A socket between the PKCS#11 module and the agent that keeps a copy of everything.</summary>
internal sealed class RecordingRelay : IAsyncDisposable
{
    // Short, because the path of a socket has a limit; only this user can enter it, or the module would not connect.
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-signing-relay-");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentBag<(MemoryStream ToAgent, MemoryStream ToProgram)> _recordings = [];
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly string _agent;
    private readonly Task _accepting;

    public RecordingRelay(SandboxDescription sandbox)
    {
        _agent = sandbox.Agent.Socket;
        string path = Path.Combine(_folder.FullName, "card.sock");
        Environment = new Dictionary<string, string>(sandbox.Pkcs11.Environment) { ["REMOTESIGNING_SOCKET"] = path };
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Leads the module here instead of to the agent.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Waits until the program's connections have ended.</summary>
    /// <returns>What went to the agent and what came back, one array for each connection.</returns>
    public async Task<(IReadOnlyList<byte[]> ToAgent, IReadOnlyList<byte[]> ToProgram)> EndAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections).WaitAsync(TimeSpan.FromSeconds(30));
        return ([.. _recordings.Select(r => r.ToAgent.ToArray())], [.. _recordings.Select(r => r.ToProgram.ToArray())]);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(RelayAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was closed: nobody else comes.
        }
    }

    private async Task RelayAsync(Socket program)
    {
        using (program)
        using (var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            (MemoryStream ToAgent, MemoryStream ToProgram) recording = (new(), new());
            _recordings.Add(recording);
            await agent.ConnectAsync(new UnixDomainSocketEndPoint(_agent));
            await Task.WhenAll(CopyAsync(program, agent, recording.ToAgent), CopyAsync(agent, program, recording.ToProgram));
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, MemoryStream record)
    {
        byte[] buffer = new byte[65_536];
        for (int length = await from.ReceiveAsync(buffer); length > 0; length = await from.ReceiveAsync(buffer))
        {
            record.Write(buffer, 0, length);
            for (int sent = 0; sent < length;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
