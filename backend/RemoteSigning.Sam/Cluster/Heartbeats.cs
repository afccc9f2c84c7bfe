using System.Collections.Concurrent;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// Asks each peer how it is, every few seconds, and reads what its floor list has more than ours. Only then the peer counts
/// as heard: a list that lacks a peer's entries is not one to serve by. Last it is offered our newest heads.
/// </summary>
internal sealed partial class Heartbeats(
    IReadOnlyList<PeerClient> peers,
    FloorList floors,
    Membership members,
    PeerHeads heads,
    Func<string, Task<PeerState>> ownState,
    TimeProvider clock,
    ILogger<Heartbeats> logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, (string List, long Position)> _read = [];
    private readonly ConcurrentDictionary<string, PeerState> _states = [];
    private readonly ConcurrentDictionary<string, string> _troubles = [];
    private readonly SemaphoreSlim _beating = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>What a peer said of itself last, asking or answering; null: nothing in this run.</summary>
    public PeerState? StateOf(string peer) => _states.GetValueOrDefault(peer);

    /// <summary>Why the last beat to a peer failed; empty when it did not.</summary>
    public string TroubleWith(string peer) => _troubles.GetValueOrDefault(peer, "it was not asked yet");

    /// <summary>Notes what a peer said of itself.</summary>
    public void Note(string peer, PeerState state)
    {
        PeerState? before = StateOf(peer);
        _states[peer] = state;
        heads.NoteState(peer, state.Head);
        if (before?.ConfigurationHash != state.ConfigurationHash)
        {
            LogConfiguration(peer, state.ConfigurationVersion, state.ConfigurationHash);
        }
    }

    /// <param name="interval">Infinite: nobody but <see cref="BeatAsync"/> beats.</param>
    public void Start(TimeSpan interval)
    {
        if (peers.Count > 0 && interval != Timeout.InfiniteTimeSpan)
        {
            _loop = Task.Run(() => LoopAsync(interval));
        }
    }

    /// <summary>One beat to every peer.</summary>
    public async Task BeatAsync()
    {
        await _beating.WaitAsync(_stop.Token);
        try
        {
            await Task.WhenAll(peers.Select(BeatAsync));
        }
        finally
        {
            _beating.Release();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _loop.GetAwaiter().GetResult();
        _stop.Dispose();
        _beating.Dispose();
    }

    private async Task LoopAsync(TimeSpan interval)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await BeatAsync();
                await Task.Delay(interval, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return; // The node stops.
            }
        }
    }

    private async Task BeatAsync(PeerClient peer)
    {
        string trouble = "";
        try
        {
            long askedAt = clock.GetTimestamp();
            PeerState state = await peer.BeatAsync(await ownState(peer.Id), _stop.Token);
            Note(peer.Id, state);
            await CatchUpAsync(peer, state.Floors);
            members.Hear(peer.Id, askedAt, state.Turn);
            await heads.OfferAsync(peer, state.Witnessed ?? [], _stop.Token);
        }
        catch (Exception e) when (e is PeerFailure or ProblemException or Cryptoki.HsmException)
        {
            trouble = e.InnerException is RefusalReason reason ? reason.Message : e.Message;
        }

        if (_stop.IsCancellationRequested)
        {
            return; // What failed then, failed because the node stops.
        }

        string before = _troubles.GetValueOrDefault(peer.Id, "");
        _troubles[peer.Id] = trouble;
        if (trouble.Length > 0 && before.Length == 0)
        {
            LogLost(peer.Id, trouble);
        }
        else if (trouble.Length == 0 && before.Length > 0)
        {
            LogBack(peer.Id);
        }
    }

    private async Task CatchUpAsync(PeerClient peer, FloorSummary theirs)
    {
        (string list, long position) = _read.GetValueOrDefault(peer.Id);
        position = list == theirs.Id ? position : 0;
        if (floors.Summary.HoldsTheSameAs(theirs))
        {
            position = theirs.Count;
        }

        while (position < theirs.Count)
        {
            (IReadOnlyList<(UInt128, FloorEntry)> entries, position) = await peer.ReadAsync(theirs.Id, position, _stop.Token);
            floors.Join(entries);
        }

        _read[peer.Id] = (theirs.Id, position);
    }

    [LoggerMessage(2301, LogLevel.Error, "Node {Peer} is not heard: {Trouble}")]
    private partial void LogLost(string peer, string trouble);

    [LoggerMessage(2302, LogLevel.Warning, "Node {Peer} is heard again")]
    private partial void LogBack(string peer);

    [LoggerMessage(2303, LogLevel.Information, "Node {Peer} has configuration {Version}, hash {Hash}")]
    private partial void LogConfiguration(string peer, int version, string hash);
}
