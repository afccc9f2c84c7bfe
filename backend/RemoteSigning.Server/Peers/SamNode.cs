using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Peers;

/// <summary>Which node the SAM is and in which epoch, asked once and again when the SAM says it has changed.</summary>
internal sealed class SamNode(SamClient sam) : IDisposable
{
    private readonly SemaphoreSlim _asking = new(1, 1);
    private SamStatus? _status;

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

            SamStatus fresh = await sam.GetStatusAsync(cancel);
            Volatile.Write(ref _status, fresh);
            return fresh;
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();
}
