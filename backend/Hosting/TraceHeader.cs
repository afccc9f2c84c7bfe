using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace RemoteSigning.Hosting;

/// <summary>Gives every answer the id that finds it in logs, audit records and traces of all processes.</summary>
internal static class TraceHeader
{
    public const string Name = "X-Request-Id";

    public static IApplicationBuilder UseTraceHeader(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
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
    });

    /// <summary>By the route, never the path: paths have names in them.</summary>
    private static void Describe(Activity span, HttpContext context)
    {
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        span.DisplayName = $"{context.Request.Method} {route}".TrimEnd();
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
    }
}
