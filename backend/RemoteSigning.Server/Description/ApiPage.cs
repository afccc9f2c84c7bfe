using System.Reflection;
using Microsoft.Net.Http.Headers;

namespace RemoteSigning.Server.Description;

/// <summary>
/// A page at <c>/docs/</c> of the public listener, on which people read the documents and try the methods. It needs nothing from elsewhere, and its
/// policy lets it run and reach nothing but what this server serves.
/// </summary>
internal static class ApiPage
{
    public const string Path = "/docs/";

    public const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Name in the path, name of the resource, type.</summary>
    private static readonly (string Name, string Resource, string Type)[] Files =
    [
        ("", "index.html", "text/html; charset=utf-8"),
        ("page.css", "page.css", "text/css; charset=utf-8"),
        ("page.js", "page.js", "text/javascript; charset=utf-8"),
        ("csc.postman_collection.json", "csc.postman_collection.json", "application/json"),
        ("csc.postman_environment.json", "csc.postman_environment.json", "application/json"),
    ];

    public static void MapApiPage(this IEndpointRouteBuilder app)
    {
        foreach ((string name, string resource, string type) in Files)
        {
            byte[] content = Read(resource);
            app.MapGet(Path + name, (HttpContext context) => Serve(context, content, type));
        }
    }

    private static IResult Serve(HttpContext context, byte[] content, string type)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        return Results.Bytes(content, type, entityTag: Tag(content));
    }

    private static EntityTagHeaderValue Tag(byte[] content) =>
        new($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content).AsSpan(0, 16))}\"");

    private static byte[] Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
