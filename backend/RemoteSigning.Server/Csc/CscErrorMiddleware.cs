using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Csc;

/// <summary>Turns whatever goes wrong below <c>/csc</c> and <c>/card</c> into the body that CSC prescribes.</summary>
internal sealed partial class CscErrorMiddleware(RequestDelegate next, ILogger<CscErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogGone(context.Request.Path);
        }
        catch (Exception failure)
        {
            await WriteAsync(context, Explain(context, failure));
        }
    }

    private CscException Explain(HttpContext context, Exception failure)
    {
        PathString path = context.Request.Path;
        string trace = ProblemExceptionHandler.TraceId(context);
        switch (failure)
        {
            case CscException refusal:
                LogRefused(path, refusal.Status, refusal.Body.Error, refusal.Message, trace);
                return refusal;
            case PeerException peer:
                CscException mapped = CscErrors.From(peer, CscFace.Of(context));
                LogPeer(
                    path, mapped.Status, mapped.Body.Error, peer.Peer, peer.Outcome, peer.Code, peer.Message, trace, peer.InnerException?.Message);
                return mapped;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large:
                LogRefused(path, large.StatusCode, CscErrors.InvalidRequest, large.Message, trace);
                return new CscException(large.StatusCode, CscErrors.InvalidRequest, CscErrors.TooLargeText);
            case BadHttpRequestException malformed:
                LogRefused(path, malformed.StatusCode, CscErrors.InvalidRequest, malformed.Message, trace);
                return CscException.Invalid(CscErrors.MalformedText);
            case var _ when PostgreSql.IsUnavailable(failure):
                LogDatabase(path, failure.GetBaseException().Message, trace);
                return CscErrors.Unavailable();
            default:
                LogFailed(failure, path, trace);
                return CscErrors.ServerFailure();
        }
    }

    private static async Task WriteAsync(HttpContext context, CscException refusal)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = Challenge(context, refusal);
        }

        if (refusal.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(refusal.Body, CscJson.Default.CscError), context.RequestAborted);
    }

    /// <summary>
    /// RFC 7617 at the one method that takes a password, else RFC 6750, section 3; <c>expired_token</c> is a word of
    /// CSC, which that section calls <c>invalid_token</c>.
    /// </summary>
    private static string Challenge(HttpContext context, CscException refusal) => refusal.Body.Error switch
    {
        _ when CscMethod.Of(context)?.Name == LoginEndpoint.Method => "Basic realm=\"CSC\", charset=\"UTF-8\"",
        CscErrors.InvalidClient => "ApiKey",
        CscErrors.InvalidToken or CscErrors.ExpiredToken => "Bearer error=\"invalid_token\"",
        _ => "Bearer",
    };

    [LoggerMessage(6001, LogLevel.Information, "{Path} refused with {Status} {Error}: {Description}, trace {TraceId}")]
    private partial void LogRefused(string path, int status, string error, string description, string traceId);

    [LoggerMessage(6002, LogLevel.Warning, "{Path} refused with {Status} {Error}, because of {Peer} ({Outcome}, {Code}): {Text} Trace {TraceId}. {Cause}")]
    private partial void LogPeer(
        string path, int status, string error, string peer, PeerOutcome outcome, string code, string text, string traceId, string? cause);

    [LoggerMessage(6003, LogLevel.Error, "{Path} failed, trace {TraceId}")]
    private partial void LogFailed(Exception exception, string path, string traceId);

    [LoggerMessage(6005, LogLevel.Error, "{Path} refused, because the database is away: {Cause} Trace {TraceId}")]
    private partial void LogDatabase(string path, string cause, string traceId);

    [LoggerMessage(6004, LogLevel.Information, "{Path}: the caller went away")]
    private partial void LogGone(string path);
}
