using System.Globalization;
using Microsoft.Net.Http.Headers;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>Time stamps over HTTP (RFC 3161, 3.4).</summary>
internal static class TimestampApi
{
    public const string RequestType = "application/timestamp-query";
    public const string ResponseType = "application/timestamp-reply";

    private const int MaximumRequest = 4 * 1024;

    private const string Help =
        $"Here is a time-stamping authority (RFC 3161). POST a TimeStampReq in DER as {RequestType}; the answer is {ResponseType}.\n";

    public static void MapTimestamping(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(PublicPaths.Timestamping, PostAsync).WithMetadata(new BodyLimit(MaximumRequest));
        routes.MapGet(PublicPaths.Timestamping, Explain);
    }

    private static async Task PostAsync(
        HttpContext context, TimestampAuthority authority, AddressLimits limits, RegistrationAuthorities registered, CancellationToken cancel)
    {
        // Who shows a registered certificate asks for many others, and holds them to limits of its own.
        if (MutualTls.Caller(context, registered.Find) is null && limits.TryTake(context.Connection.RemoteIpAddress) is { } wait)
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals(RequestType, StringComparison.OrdinalIgnoreCase))
        {
            await Results.Text(Help, statusCode: StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
            return;
        }

        byte[] answer = await authority.AnswerAsync(await Bodies.ReadAsync(context, MaximumRequest, cancel), cancel);
        context.Response.ContentType = ResponseType;
        context.Response.ContentLength = answer.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(answer, cancel);
    }

    private static IResult Explain(HttpContext context)
    {
        context.Response.Headers.Allow = HttpMethods.Post;
        return Results.Text(Help, statusCode: StatusCodes.Status405MethodNotAllowed);
    }
}
