using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>
/// Lets only so many signatures and PIN checks be at the server at once. The others wait here, first come first served:
/// the server is not flooded, and no request's own deadline passes while it waits for its turn.
/// </summary>
internal sealed class ServerQueue(TimeProvider clock) : IDisposable
{
    public const int Width = 16;

    private readonly SemaphoreSlim _turns = new(Width, Width);

    /// <summary>A moment, for <see cref="RunAsync"/>.</summary>
    public long Now => clock.GetTimestamp();

    /// <param name="began">
    /// When the program's call began. The shim waits 30 seconds longer than the consent deadline; what goes on at the
    /// server takes up to 28 of them, so a turn that comes later than the deadline is of no use.
    /// </param>
    /// <exception cref="ProblemException">The turn did not come in time.</exception>
    public async Task<T> RunAsync<T>(long began, Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        if (!_turns.Wait(0, cancellation))
        {
            await WaitAsync(began, cancellation);
        }

        try
        {
            return await call(cancellation);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task WaitAsync(long began, CancellationToken cancellation)
    {
        TimeSpan left = Consent.Deadline - clock.GetElapsedTime(began);
        using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await _turns.WaitAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, "So many programs sign at once that the server did not get to this one in time.", e);
        }
    }
}
