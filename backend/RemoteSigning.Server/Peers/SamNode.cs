using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Peers;

/// <summary>One node of the SAM and its epoch, which is asked once and again when the node says it has changed.</summary>
internal sealed class SamNode(SamClient sam, TimeProvider clock) : IDisposable
{
    /// <summary>For how long a node that failed comes last.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private SamStatus? _status;
    private long _failedAt = long.MinValue;

    public string Name => sam.Log.Node;

    public SamClient Client => sam;

    /// <summary>False for a while after the node failed.</summary>
    public bool IsUp => Interlocked.Read(ref _failedAt) is var failed && (failed == long.MinValue || clock.GetElapsedTime(failed) > Pause);

    /// <summary>The status with the epoch.</summary>
    /// <exception cref="PeerException">The node is not reached, or does not sign now: nothing has happened there.</exception>
    public Task<SamStatus> GetAsync(CancellationToken cancel) =>
        Volatile.Read(ref _status) is { } known ? Task.FromResult(known) : RefreshAsync(null, cancel);

    /// <summary>Asks anew, unless somebody else has done so since <paramref name="stale"/> was read.</summary>
    public async Task<SamStatus> RefreshAsync(SamStatus? stale, CancellationToken cancel)
    {
        await _asking.WaitAsync(cancel);
        try
        {
            if (Volatile.Read(ref _status) is { } known && known != stale)
            {
                return known;
            }

            SamStatus fresh = await AskAsync(cancel);
            Volatile.Write(ref _status, fresh);
            return fresh;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Another node is to come first for a while, and this one is to be asked anew: it may have been started again.</summary>
    public void NoteFailure()
    {
        Volatile.Write(ref _status, null);
        Interlocked.Exchange(ref _failedAt, clock.GetTimestamp());
    }

    public void Dispose() => _asking.Dispose();

    private async Task<SamStatus> AskAsync(CancellationToken cancel)
    {
        SamStatus status;
        try
        {
            status = await sam.GetStatusAsync(cancel);
        }
        catch (PeerException failure) when (failure is { Outcome: PeerOutcome.Unknown, Problem: Problem.Unavailable })
        {
            throw NotUsed(failure.Message, failure);
        }

        return status.Unavailable is null ? status : throw NotUsed($"{SamClient.Name} does not sign now: {status.Unavailable}", null);
    }

    /// <summary>To ask for the status is to ask for nothing: whatever came of it, nothing has happened.</summary>
    private static PeerException NotUsed(string text, PeerException? cause) =>
        new(SamClient.Name, PeerOutcome.NotSent, Problem.Unavailable, ProblemCodes.ServiceUnavailable, text, cause: cause);
}
