using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Hosting;

/// <summary>
/// The one place where an exception becomes an answer of our own APIs: an expected failure tells its public
/// text, anything else is a bug of ours and says nothing but where to look.
/// </summary>
internal sealed partial class ProblemExceptionHandler(ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancel)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        ProblemException problem = exception switch
        {
            ProblemException expected => expected,
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } tooLarge => new(
                Problem.InvalidRequest, ProblemCodes.TooLarge, "The request is too large.", tooLarge),
            BadHttpRequestException or JsonException or FormatException => new(
                Problem.InvalidRequest, ProblemCodes.Malformed, "The request is not what this function takes.", exception),
            _ => new(Problem.Internal, ProblemCodes.Internal, "The service failed. Its log knows why.", exception),
        };
        int status = StatusOf(problem);
        string trace = TraceId(context);
        if (problem.Problem == Problem.Internal)
        {
            LogFailure(exception, context.Request.Method, context.Request.Path, trace);
        }
        else
        {
            LogRefusal(problem.Code, status, context.Request.Method, context.Request.Path, trace, problem.InnerException?.Message);
        }

        await WriteAsync(context, problem, status, trace, cancel);
        return true;
    }

    /// <summary>The HTTP status of a problem in our own APIs.</summary>
    public static int StatusOf(ProblemException problem) => (problem.Code, problem.Problem) switch
    {
        (ProblemCodes.NotFound, _) => StatusCodes.Status404NotFound,
        (ProblemCodes.Conflict or ProblemCodes.KeyAssigned or ProblemCodes.HeadUnknown or ProblemCodes.ConfigurationOutdated, _) =>
            StatusCodes.Status409Conflict,
        (ProblemCodes.TooLarge, _) => StatusCodes.Status413PayloadTooLarge,
        (ProblemCodes.OtpTooSoon or ProblemCodes.OtpTooOften, _) => StatusCodes.Status429TooManyRequests,
        (_, Problem.NotSignedIn) => StatusCodes.Status401Unauthorized,
        (_, Problem.NotAllowed or Problem.CredentialUnusable or Problem.Declined) => StatusCodes.Status403Forbidden,
        (_, Problem.Unavailable) => StatusCodes.Status503ServiceUnavailable,
        (_, Problem.Internal) => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status400BadRequest,
    };

    public static string TraceId(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    private static async Task WriteAsync(
        HttpContext context, ProblemException problem, int status, string trace, CancellationToken cancel)
    {
        var document = new ProblemDocument(
            "about:blank", ReasonPhrases.GetReasonPhrase(status), status, problem.Message, (int)problem.Problem, problem.Code, trace);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        if (problem.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await JsonSerializer.SerializeAsync(
            context.Response.Body, document, EnrollmentJson.Default.ProblemDocument, cancel);
    }

    [LoggerMessage(1001, LogLevel.Information, "Refused {Code} ({Status}) {Method} {Path}, trace {TraceId}. {Cause}")]
    private partial void LogRefusal(string code, int status, string method, string path, string traceId, string? cause);

    [LoggerMessage(1002, LogLevel.Error, "Failed at {Method} {Path}, trace {TraceId}")]
    private partial void LogFailure(Exception exception, string method, string path, string traceId);
}
