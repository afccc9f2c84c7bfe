using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Accepts connections and serves each until it ends; limits how many there are.</summary>
/// <param name="limit">How many there may be at once.</param>
internal sealed class CardServer(
    ILocalListener listener, Func<LocalConnection, CardConnection> connect, int limit, TimeProvider clock, ILogger log)
{
    /// <summary>All programs of one user together; each holds one connection per call under way and one for events.</summary>
    public const int MaximumConnections = 4096;

    /// <summary>Descriptors for everything else: the sockets, the server, files, the runtime.</summary>
    private const int Reserve = 128;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _open = [];

    public int Connections
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <param name="descriptors">How many this process may have open.</param>
    public static int LimitFor(ulong descriptors) =>
        descriptors >= MaximumConnections + Reserve ? MaximumConnections : Math.Max(1, (int)descriptors - Reserve);

    /// <summary>Serves until <paramref name="stopping"/>; calls then under way get a few seconds to end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var aborting = new CancellationTokenSource();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Accept(await listener.AcceptAsync(stopping), stopping, aborting.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (SocketException e)
            {
                // Out of descriptors, for instance; the listener itself is sound.
                Log.AcceptFailed(log, e);
                await Task.Delay(PauseAfterFailure, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        Task all = Task.WhenAll(Snapshot());
        await Task.WhenAny(all, Task.Delay(Grace, clock, CancellationToken.None));
        await aborting.CancelAsync();
        await all;
    }

    private Task[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _open];
        }
    }

    private void Accept(LocalConnection accepted, CancellationToken stopping, CancellationToken aborting)
    {
        lock (_lock)
        {
            if (_open.Count >= limit)
            {
                Log.TooManyConnections(log, accepted.Peer.Program, limit);
                accepted.Stream.Dispose();
                return;
            }

            Task serving = Task.Run(() => ServeAsync(accepted, stopping, aborting), CancellationToken.None);
            _open.Add(serving);
            _ = serving.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Forget(Task ended)
    {
        lock (_lock)
        {
            _open.Remove(ended);
        }
    }

    private async Task ServeAsync(LocalConnection accepted, CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            await using CardConnection connection = connect(accepted);
            await connection.ServeAsync(stopping, aborting);
        }
        catch (Exception e)
        {
            // A defect of ours ends this connection and no other.
            Log.ConnectionFailed(log, accepted.Peer.Program, e);
        }
    }
}
