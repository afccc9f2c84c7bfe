using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Csc;

/// <summary>Turns whatever goes wrong below <c>/csc</c> and <c>/card</c> into the body that CSC prescribes.</summary>
internal sealed partial class CscErrorMiddleware(
    RequestDelegate next, Callers callers, CscFailures failures, ILogger<CscErrorMiddleware> logger)
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
            Exception weighed = await callers.WeighAsync(context, failure, CancellationToken.None);
            await WriteAsync(context, failures.Explain(
                context.Request.Path, CscFace.Of(context), ProblemExceptionHandler.TraceId(context), weighed));
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

    [LoggerMessage(6004, LogLevel.Information, "{Path}: the caller went away")]
    private partial void LogGone(string path);
}
