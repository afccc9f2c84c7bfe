using System.Text.Json;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>Asks the running agent of the same user.</summary>
public sealed class ControlClient(ILocalSystem system, string cardSocket)
{
    /// <summary>Signing in takes up to two requests to the server and one for each credential.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public string Socket { get; } = system.ControlSocket(cardSocket);

    /// <exception cref="ProblemException">What the agent answered, or that there is none.</exception>
    public async Task<AgentStatus> AskAsync(ControlRequest request, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Deadline);
        try
        {
            await using Stream stream = await system.ConnectAsync(Socket, deadline.Token);
            await JsonLines.WriteAsync(stream, request, ControlJson.Default.ControlRequest, deadline.Token);
            ControlAnswer answer = await JsonLines.ReadAsync(stream, JsonLines.MaximumAnswer, ControlJson.Default.ControlAnswer, deadline.Token);
            return answer is { Problem: Problem.None, Status: { } status }
                ? status
                : throw new ProblemException(answer.Problem, ProblemCodes.Internal, answer.Message ?? "The agent gave no reason.");
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw Broken("it did not answer in time", e);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw Broken("it closed the connection", e);
        }
    }

    private ProblemException Broken(string what, Exception cause) => new(
        Problem.AgentUnavailable, ProblemCodes.ServiceUnavailable, $"The agent at {Socket} gave no answer: {what}. Its log says why.", cause);
}
