using System.Text.Json.Nodes;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Description;

namespace RemoteSigning.Server.Tests;

/// <summary>The OpenAPI documents, and what they say of an operation.</summary>
internal sealed class DescribedApi
{
    private static readonly Uri Nowhere = new("https://sign.example.com");

    private DescribedApi(string name, string @base, byte[] document)
    {
        Name = name;
        Base = @base;
        Document = JsonNode.Parse(document)!.AsObject();
    }

    public static IReadOnlyList<DescribedApi> All { get; } =
    [
        .. CscFace.All.Select(face => new DescribedApi(DescriptionApi.Of(face), face.Base, ApiDocument.OfCsc(face, Nowhere))),
        new(DescriptionApi.OfAdditions, "", ApiDocument.OfAdditions(Nowhere)),
        new(DescriptionApi.OfAdministration, "/enrollment/v1", ApiDocument.OfAdministration(Nowhere)),
    ];

    /// <summary>The path that it is served at.</summary>
    public string Name { get; }

    /// <summary>What its paths are below.</summary>
    public string Base { get; }

    public JsonObject Document { get; }

    public JsonNode Components => Document["components"]!;

    /// <summary>Method, path as it is served with its parameters in braces, and operation.</summary>
    public IEnumerable<(string Method, string Path, JsonObject Operation)> Operations =>
        from path in Document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where operation.Key != "parameters"
        select (operation.Key.ToUpperInvariant(), Base + path.Key, operation.Value!.AsObject());

    /// <summary>The operation that a request is for; null when no document has one.</summary>
    public static (DescribedApi Api, JsonObject Operation)? Find(string method, string path) =>
        (from api in All
         from operation in api.Operations
         where operation.Method == method && Fits(operation.Path, path)
         select ((DescribedApi, JsonObject)?)(api, operation.Operation)).FirstOrDefault();

    /// <summary>What a <c>$ref</c> leads to; the node itself where there is none.</summary>
    public JsonNode Resolve(JsonNode node) => (string?)node["$ref"] is { } reference
        ? reference.Split('/').Skip(1).Aggregate((JsonNode)Document, (at, name) => at[name]!)
        : node;

    private static bool Fits(string template, string path)
    {
        string[] expected = template.Split('/');
        string[] actual = path.Split('/');
        return expected.Length == actual.Length && expected.Zip(actual).All(p => p.First == p.Second || (p.First.StartsWith('{') && p.Second.Length > 0));
    }
}
