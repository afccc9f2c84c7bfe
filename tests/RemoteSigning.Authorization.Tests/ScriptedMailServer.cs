using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RemoteSigning.Authorization.Tests;

/// <summary>Says fixed lines, one after each line that it hears, and then nothing; for mail servers that misbehave.</summary>
internal sealed class ScriptedMailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _heard = [];
    private readonly Task _serving;

    /// <param name="script">The greeting first; an empty one hangs up.</param>
    public ScriptedMailServer(params string[] script)
    {
        _listener.Start();
        _serving = ServeAsync(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<string> Heard => _heard;

    /// <summary>Done when the script was gone through.</summary>
    public Task Ended => _serving;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync(string[] script)
    {
        try
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await using NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            foreach (string line in script)
            {
                if (line.Length == 0)
                {
                    return;
                }

                await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), _stop.Token);
                _heard.Add(await reader.ReadLineAsync(_stop.Token) ?? "");
            }

            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over, or the client has left.
        }
    }
}
