using System.Collections.Concurrent;
using System.Text.Json;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// <c>signatures/signHash</c> with <c>operationMode</c> A: what is wrong with the request or its SAD is told at once; once
/// units are taken the caller gets an id, and the signatures are fetched with it. A stop of the server waits for what is under way.
/// </summary>
internal sealed partial class AsynchronousSigning(
    SignatureCreation signing, SignatureResultStore results, ResponseNotifier notifier, CscFailures failures, ServerMetrics metrics, ILogger<AsynchronousSigning> logger)
    : IHostedService, IDisposable
{
    /// <summary>After this time nothing can be under way any more: the deadlines of all peers together are shorter.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private const int MostUnderWay = 64;

    private readonly ConcurrentDictionary<Guid, Task> _underWay = [];
    private readonly SemaphoreSlim _room = new(MostUnderWay, MostUnderWay);

    /// <returns>The <c>responseID</c>.</returns>
    public async Task<string> StartAsync(
        HttpContext context, CscFace face, Caller caller, SignatureOrder order, AsynchronousOperation operation, CancellationToken cancel)
    {
        if (!await _room.WaitAsync(TimeSpan.Zero, cancel))
        {
            throw CscErrors.Unavailable();
        }

        bool isUnderWay = false;
        try
        {
            string responseId = await results.OpenAsync(caller.Signer, caller.Application.ClientId, operation.Validity, cancel) ?? throw CscErrors.Unavailable();
            Task<IReadOnlyList<byte[]>> signatures = await ActivateAsync(responseId, order);
            Keep(FinishAsync(
                responseId, operation.ResponseUri, order.ClientId, context.Request.Path, face, ProblemExceptionHandler.TraceId(context), signatures));
            isUnderWay = true;
            return responseId;
        }
        finally
        {
            if (!isUnderWay)
            {
                _room.Release();
            }
        }
    }

    public void Dispose() => _room.Dispose();

    /// <summary>Begins, and comes back as soon as units are taken; when none could be, it tells why and leaves nothing behind.</summary>
    private async Task<Task<IReadOnlyList<byte[]>>> ActivateAsync(string responseId, SignatureOrder order)
    {
        var activated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<IReadOnlyList<byte[]>> signatures = signing.SignAsync(
            order with { WhenActivated = () => activated.TrySetResult() }, CancellationToken.None);
        await Task.WhenAny(activated.Task, signatures);
        if (!activated.Task.IsCompleted)
        {
            await results.RemoveAsync(responseId, CancellationToken.None);
            await signatures; // Throws the reason.
        }

        return signatures;
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_underWay.Values).WaitAsync(cancellationToken);

    private void Keep(Task task)
    {
        var id = Guid.NewGuid();
        _underWay[id] = task;
        task.ContinueWith(_ => _underWay.TryRemove(id, out Task? _), TaskScheduler.Default);
    }

    private async Task FinishAsync(
        string responseId,
        string? responseUri,
        string application,
        string path,
        CscFace face,
        string trace,
        Task<IReadOnlyList<byte[]>> signatures)
    {
        try
        {
            await results.CloseAsync(responseId, await OutcomeAsync(path, face, trace, signatures), CancellationToken.None);
            if (responseUri is not null)
            {
                await notifier.BeginAsync(application, responseUri, responseId);
            }
        }
        catch (Exception failure)
        {
            // The client is told that nobody knows; the SAM's record and the stored proof tell the operator what was signed.
            metrics.Incident(IncidentNames.ResultNotStored);
            LogLost(failure.GetBaseException().Message, trace);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<byte[]> OutcomeAsync(string path, CscFace face, string trace, Task<IReadOnlyList<byte[]>> signatures)
    {
        try
        {
            return Write(new PollingOutcome([.. (await signatures).Select(Convert.ToBase64String)], null));
        }
        catch (Exception failure)
        {
            CscException refusal = failures.Explain(path, face, trace, failure);
            return Write(new PollingOutcome(null, new PollingRefusal(refusal.Status, refusal.Body)));
        }
    }

    private static byte[] Write(PollingOutcome outcome) =>
        JsonSerializer.SerializeToUtf8Bytes(outcome, PollingJson.Default.PollingOutcome);

    [LoggerMessage(6110, LogLevel.Error, "The outcome of an asynchronous signature could not be stored, trace {TraceId}: {Cause}")]
    private partial void LogLost(string cause, string traceId);
}
