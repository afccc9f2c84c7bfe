using Microsoft.Extensions.Options;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Options;

namespace RemoteSigning.Server.Description;

/// <summary>Serves the documents, each at the listener that it describes.</summary>
internal static class DescriptionApi
{
    public const string Document = "openapi.json";

    public const string OfAdditions = $"/card/v1/{Document}";

    public const string OfAdministration = $"{EnrollmentApi.Base}/{Document}";

    public static string Of(CscFace face) => $"{face.Base}/{Document}";

    /// <summary>Those of the public listener, for anybody.</summary>
    /// <remarks>The addresses were checked at the start: none is null.</remarks>
    public static void MapDescriptions(this IEndpointRouteBuilder app)
    {
        Uri origin = Options(app).PublicUrl!;
        foreach (CscFace face in CscFace.All)
        {
            app.MapDocument(Of(face), () => ApiDocument.OfCsc(face, origin));
        }

        app.MapDocument(OfAdditions, () => ApiDocument.OfAdditions(origin));
    }

    /// <param name="api">The routes that only operators come to.</param>
    public static void MapDescription(this RouteGroupBuilder api)
    {
        Uri listener = Options(api).AdministrationListen!; // It was checked at the start.
        api.MapDocument($"/{Document}", () => ApiDocument.OfAdministration(listener));
    }

    private static void MapDocument(this IEndpointRouteBuilder app, string path, Func<byte[]> make)
    {
        var document = new Lazy<byte[]>(make);
        app.MapGet(path, () => Results.Bytes(document.Value, "application/json"));
    }

    private static ServerOptions Options(IEndpointRouteBuilder app) => app.ServiceProvider.GetRequiredService<IOptions<ServerOptions>>().Value;
}
