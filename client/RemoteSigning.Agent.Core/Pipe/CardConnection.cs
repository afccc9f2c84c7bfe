using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// One connection of a shim: one call at a time. While a call is under way the connection is read on, because
/// nothing but its end may come: that cancels the call, be it at a prompt or at the server.
/// </summary>
internal sealed class CardConnection(LocalConnection connection, CardCalls calls, ApplicationInstances applications, TimeProvider clock, ILogger log)
    : IAsyncDisposable
{
    private static readonly TimeSpan HelloDeadline = TimeSpan.FromSeconds(5);

    private readonly FrameStream _frames = new(connection.Stream, CardProtocol.MaximumRequest, CardProtocol.MaximumAnswer);
    private string? _key;

    public Peer Peer => connection.Peer;

    /// <summary>Null until HELLO.</summary>
    public ApplicationInstance? Application { get; private set; }

    public void Join(byte[] instance)
    {
        if (_key is not null)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "HELLO may come only once on a connection.");
        }

        _key = ApplicationInstances.Key(Peer, instance);
        Application = applications.Join(_key);
    }

    /// <param name="stopping">No further calls; those under way may end.</param>
    /// <param name="aborting">Calls under way are given up.</param>
    public async Task ServeAsync(CancellationToken stopping, CancellationToken aborting)
    {
        try
        {
            Task<CardFrame?> next = ReadFirstAsync(stopping);
            while (await next is { } request)
            {
                next = _frames.ReadAsync(stopping);
                if (!await CallAsync(request, next, stopping, aborting))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is FrameException or IOException)
        {
            Log.ConnectionEnded(log, Peer.Program, Peer.ProcessId, e.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The agent stops; the shim sees its connection closed.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_key is not null)
        {
            applications.Leave(_key);
        }

        await _frames.DisposeAsync();
    }

    private async Task<CardFrame?> ReadFirstAsync(CancellationToken stopping)
    {
        using var deadline = new CancellationTokenSource(HelloDeadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        try
        {
            return await _frames.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new FrameException("HELLO did not come in time.");
        }
    }

    /// <returns>False when the connection is over.</returns>
    private async Task<bool> CallAsync(CardFrame request, Task<CardFrame?> next, CancellationToken stopping, CancellationToken aborting)
    {
        // A WAIT has nothing to bring to an end when the agent stops.
        using var call = CancellationTokenSource.CreateLinkedTokenSource((CardVerb)request.Verb == CardVerb.Wait ? stopping : aborting);
        Task<CardFrame> answer = calls.AnswerAsync(request, this, call.Token);
        try
        {
            if (await Task.WhenAny(answer, (Task)next) == next && !stopping.IsCancellationRequested)
            {
                await call.CancelAsync();
            }

            await _frames.WriteAsync(await answer, aborting);
            return true;
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            Log.CallDropped(log, Peer.Program, CardCalls.NameOf(request.Verb));
            return false;
        }
        finally
        {
            // It may hold a PIN.
            CryptographicOperations.ZeroMemory(request.Payload);
        }
    }
}
