using RemoteSigning.Hosting;

namespace RemoteSigning.Server;

/// <summary>Gives every answer the id that finds it in the logs; a caller's <c>traceparent</c> is continued.</summary>
internal static class TraceHeader
{
    public const string Name = "X-Request-Id";

    public static IApplicationBuilder UseTraceHeader(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Name] = ProblemExceptionHandler.TraceId(context);
            return Task.CompletedTask;
        });
        return next(context);
    });
}
