using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Hosting;

/// <summary>Gives every answer the id that finds it in logs, audit records and traces of all processes.</summary>
internal static partial class TraceHeader
{
    public const string Name = "X-Request-Id";

    /// <summary>The first of all steps: it also leaves a line in the log for each request, with its route and never its path.</summary>
    public static IApplicationBuilder UseTraceHeader(this IApplicationBuilder app)
    {
        ILogger logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("RemoteSigning.Requests");
        return app.Use((context, next) => AnswerAsync(context, next, logger));
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        long begun = Stopwatch.GetTimestamp();
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Name] = ProblemExceptionHandler.TraceId(context);
            return Task.CompletedTask;
        });
        await next(context);
        if (Activity.Current is { IsAllDataRequested: true } span)
        {
            Describe(span, context);
        }

        LogAnswer(
            logger, context.Request.Method, Route(context), context.Response.StatusCode, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    private static string Route(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";

    /// <summary>By the route, never the path: paths have names in them.</summary>
    private static void Describe(Activity span, HttpContext context)
    {
        string route = Route(context);
        span.DisplayName = $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
    }

    [LoggerMessage(1003, LogLevel.Information, "{Method} {Route} {Status} {Milliseconds:0.0} ms")]
    private static partial void LogAnswer(ILogger logger, string method, string route, int status, double milliseconds);
}
