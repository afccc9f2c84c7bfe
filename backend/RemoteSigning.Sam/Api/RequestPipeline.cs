using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Platform;
using RemoteSigning.Sam.Sad;
using RemoteSigning.Sam.Telemetry;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// What all functions share: who calls, may they, does the caller know our log, one audit record for whatever
/// came of it, and an answer only when that record is durable.
/// </summary>
internal sealed partial class RequestPipeline(
    ConfigurationStore configurations, EpochKeeper epochs, AuditLogs logs, ModuleLock moduleLock, SamMetrics metrics, ILogger<RequestPipeline> logger)
{
    private const string Success = "success";

    /// <param name="function">One of <see cref="AuditEvents"/>.</param>
    /// <param name="roles">Who may use it.</param>
    public RequestDelegate Audited(string function, string[] roles, Func<SamRequest, Task<Answer>> act) =>
        context => HandleAsync(context, new AuditDraft(function), true, roles, act);

    /// <summary>For what nodes ask one another all the time: only a refusal has a record.</summary>
    public RequestDelegate AuditedIfRefused(string function, string[] roles, Func<SamRequest, Task<Answer>> act) =>
        context => HandleAsync(context, new AuditDraft(function), false, roles, act);

    private async Task HandleAsync(
        HttpContext context, AuditDraft draft, bool isAlwaysRecorded, string[] roles, Func<SamRequest, Task<Answer>> act)
    {
        if (moduleLock.IsLocked)
        {
            metrics.Count(draft.Event, null, ProblemCodes.ModuleLocked);
            await RefuseLockedAsync(context);
            return;
        }

        NodeConfiguration configuration = configurations.Current;
        RegisteredClient? caller = MutualTls.Caller(context, configuration.Registry.Find);
        AuditLog log = logs.For(caller?.Role);
        Answer? answer = null;
        ProblemException? refusal = null;
        try
        {
            answer = await ActAsync(new Call(context, configuration, caller, log), draft, roles, act);
        }
#pragma warning disable CA1031 // Nothing is swallowed: each failure becomes a refusal, a record and an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            refusal = ToProblem(e);
        }

        if (answer is not null && !isAlwaysRecorded)
        {
            metrics.Count(draft.Event, null, Success);
            await WriteAsync(context, answer.Status, "application/json", answer.Render(null!)); // What has no record renders no proof.
            return;
        }

        string trace = ProblemExceptionHandler.TraceId(context);
        LogProof? proof = null;
        using ConfigurationChange? change = answer?.Change;
        try
        {
            proof = await log.AppendAsync(draft.ToRecord(configurations.Current.Registry.Node, epochs.Last, trace, refusal));
            change?.Commit();
        }
        catch (ProblemException unavailable)
        {
            refusal = moduleLock.IsLocked ? Locked() : unavailable;
        }

        metrics.Count(draft.Event, draft.Digests, refusal?.Code ?? Success);
        if (refusal is not null)
        {
            Report(context, refusal, trace);
            await WriteAsync(context, ProblemExceptionHandler.StatusOf(refusal), "application/problem+json", Document(refusal, trace, proof));
        }
        else if (answer is not null && proof is not null)
        {
            if (answer.IsHeadInHeader)
            {
                context.Response.Headers[TreeHead.HeaderName] = proof.Head.Name;
            }

            await WriteAsync(context, answer.Status, "application/json", answer.Render(proof));
        }
    }

    /// <summary>There is no record: the HSM, which signs the heads, is logged out. The record of the lock is the last one.</summary>
    private async Task RefuseLockedAsync(HttpContext context)
    {
        string trace = ProblemExceptionHandler.TraceId(context);
        ProblemException refusal = Locked();
        Report(context, refusal, trace);
        await WriteAsync(context, ProblemExceptionHandler.StatusOf(refusal), "application/problem+json", Document(refusal, trace, null));
    }

    private static ProblemException Locked() => Refusals.Create(ProblemCodes.ModuleLocked, "the module is locked after tampering");

    private async Task<Answer> ActAsync(Call call, AuditDraft draft, string[] roles, Func<SamRequest, Task<Answer>> act)
    {
        RegisteredClient caller = call.Caller
            ?? throw Refusals.Create(ProblemCodes.CallerUnknown, "the client certificate's key is not registered");
        draft.Actor = caller.Id;
        if (!roles.Contains(caller.Role))
        {
            throw Refusals.Create(ProblemCodes.RoleForbidden, $"not a function for the role {caller.Role}");
        }

        CheckHead(call.Http.Request.Headers[TreeHead.HeaderName], call.Log);
        string epoch = await epochs.CurrentAsync();
        return await act(new SamRequest(call.Http, caller, epoch, draft, call.Configuration));
    }

    /// <summary>A caller who kept another log than ours must not be served: one of the two was changed.</summary>
    private static void CheckHead(Microsoft.Extensions.Primitives.StringValues header, AuditLog log)
    {
        if (header.Count == 0)
        {
            return;
        }

        if (!TreeHead.TryReadName(header.ToString(), out long size, out byte[] root) || !log.Knows(size, root))
        {
            throw Refusals.Create(ProblemCodes.HeadUnknown, "the head that the caller last saw is not of this log");
        }
    }

    private static ProblemException ToProblem(Exception exception) => exception switch
    {
        ProblemException expected => expected,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Refusals.Create(
            ProblemCodes.TooLarge, exception.Message, exception),
        BadHttpRequestException or JsonException or OperationCanceledException or IOException => Refusals.Create(
            ProblemCodes.Malformed, exception.Message, exception),
        HsmException => Refusals.Create(ProblemCodes.HsmUnavailable, exception.Message, exception),
        _ => Refusals.Create(ProblemCodes.Internal, exception.GetType().Name, exception),
    };

    private static byte[] Document(ProblemException refusal, string trace, LogProof? proof)
    {
        int status = ProblemExceptionHandler.StatusOf(refusal);
        return JsonSerializer.SerializeToUtf8Bytes(
            new ProblemDocument(
                "about:blank", ReasonPhrases.GetReasonPhrase(status), status, refusal.Message, (int)refusal.Problem, refusal.Code, trace, proof),
            StrictJson.Sam.ProblemDocument);
    }

    private static async Task WriteAsync(HttpContext context, int status, string type, byte[] body)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status204NoContent)
        {
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private void Report(HttpContext context, ProblemException refusal, string trace)
    {
        if (refusal.Problem is Problem.Internal or Problem.Unavailable)
        {
            LogFailure(refusal.InnerException, refusal.Code, context.Request.Method, context.Request.Path, trace);
        }
        else
        {
            LogRefusal(refusal.Code, context.Request.Method, context.Request.Path, trace, refusal.InnerException?.Message);
        }
    }

    /// <param name="Caller">Null when nobody could be named.</param>
    /// <param name="Log">Where the request will be recorded, whatever comes of it.</param>
    private sealed record Call(HttpContext Http, NodeConfiguration Configuration, RegisteredClient? Caller, AuditLog Log);

    [LoggerMessage(2101, LogLevel.Information, "Refused {Code} at {Method} {Path}, trace {TraceId}: {Reason}")]
    private partial void LogRefusal(string code, string method, string path, string traceId, string? reason);

    [LoggerMessage(2102, LogLevel.Error, "Failed {Code} at {Method} {Path}, trace {TraceId}")]
    private partial void LogFailure(Exception? exception, string code, string method, string path, string traceId);
}
