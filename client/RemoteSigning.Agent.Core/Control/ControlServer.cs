using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>
/// Serves the commands of the same user, one connection after the other: a request, an answer, the end. It is not
/// part of the card protocol, and shims do not know of it.
/// </summary>
internal sealed class ControlServer(
    ILocalListener listener, Func<ControlRequest, CancellationToken, Task<AgentStatus>> act, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                LocalConnection connection = await listener.AcceptAsync(stopping);
                await using Stream stream = connection.Stream;
                using var deadline = new CancellationTokenSource(Deadline, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
                await ServeAsync(stream, either.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or JsonException or OperationCanceledException)
            {
                Log.ControlRefused(log, e.Message, null);
            }
            catch (SocketException e)
            {
                Log.AcceptFailed(log, e);
                await Task.Delay(PauseAfterFailure, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(Stream stream, CancellationToken cancellation)
    {
        ControlRequest request = await JsonLines.ReadAsync(stream, JsonLines.MaximumRequest, ControlJson.Default.ControlRequest, cancellation);
        ControlAnswer answer;
        try
        {
            answer = new ControlAnswer(Problem.None, null, await act(request, cancellation));
        }
        catch (ProblemException e)
        {
            Log.ControlRefused(log, e.Message, e.InnerException);
            answer = new ControlAnswer(e.Problem, e.Message, null);
        }

        await JsonLines.WriteAsync(stream, answer, ControlJson.Default.ControlAnswer, cancellation);
    }
}
