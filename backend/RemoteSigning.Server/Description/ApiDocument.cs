using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Enrollment;

namespace RemoteSigning.Server.Description;

/// <summary>
/// The OpenAPI 3.1 documents of our interfaces. Each is written once, as data beside this file; <see cref="DocumentVersion"/> takes from
/// it what a version of CSC has, and <see cref="ErrorResponses"/> spells out its refusals. Answers of CSC are described in
/// docs/schemas/csc.schema.json.
/// </summary>
internal static class ApiDocument
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A version of CSC.</summary>
    /// <param name="origin">How clients reach the public listener.</param>
    public static byte[] OfCsc(CscFace face, Uri origin)
    {
        JsonObject document = Load("csc.json");
        CscSchemas.AddTo(document["components"]!["schemas"]!.AsObject(), Load("csc.schema.json"), face.Version); // Our own resource has them.
        document["info"]!["version"] = face.Specs;
        document["info"]!["title"] = $"CSC API {face.Specs}";
        return Finish(document, face.Version, new Uri(origin, face.Base));
    }

    /// <summary>Our own additions on the public listener, for the card and for applications.</summary>
    public static byte[] OfAdditions(Uri origin) => Finish(Load("additions.json"), CscFace.V1.Version, origin);

    /// <summary>The administration listener.</summary>
    public static byte[] OfAdministration(Uri listener) =>
        Finish(Load("administration.json"), CscFace.V1.Version, new Uri(listener, EnrollmentApi.Base));

    private static byte[] Finish(JsonObject document, int version, Uri server)
    {
        document["servers"] = new JsonArray(new JsonObject { ["url"] = server.ToString().TrimEnd('/') });
        DocumentVersion.Take(document, version);
        ErrorResponses.SpellOut(document);
        DocumentVersion.Tidy(document);
        return JsonSerializer.SerializeToUtf8Bytes(document, Readable);
    }

    private static JsonObject Load(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        return JsonNode.Parse(stream)!.AsObject(); // It is not "null".
    }
}
