using System.Buffers.Text;

namespace RemoteSigning.Pki.Ocsp;

/// <summary>OCSP over HTTP (RFC 6960, appendix A): POST, and GET with the request in the path.</summary>
internal static class OcspApi
{
    private const int MaximumRequest = 8 * 1024;

    public static void MapOcsp(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(PublicPaths.Ocsp, PostAsync).WithMetadata(new BodyLimit(MaximumRequest));
        routes.MapGet($"{PublicPaths.Ocsp}/{{**request}}", GetAsync);
    }

    private static async Task PostAsync(HttpContext context, OcspResponder responder, CancellationToken cancel) =>
        await WriteAsync(context, await responder.AnswerAsync(await Bodies.ReadAsync(context, MaximumRequest, cancel), cancel), cancel);

    /// <summary>
    /// The request is base64, URL-encoded. Some clients leave the slashes of base64 as they are; the route
    /// takes them as well.
    /// </summary>
    private static async Task GetAsync(HttpContext context, string? request, OcspResponder responder, CancellationToken cancel)
    {
        string text = Uri.UnescapeDataString(request ?? "");
        byte[] der = Base64.IsValid(text) ? Convert.FromBase64String(text) : [];
        await WriteAsync(context, await responder.AnswerAsync(der, cancel), cancel);
    }

    private static async Task WriteAsync(HttpContext context, byte[] answer, CancellationToken cancel)
    {
        context.Response.ContentType = "application/ocsp-response";
        context.Response.ContentLength = answer.Length;

        // A proxy that kept an answer would delay a revocation.
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(answer, cancel);
    }
}
