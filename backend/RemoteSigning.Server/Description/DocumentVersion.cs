using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Description;

/// <summary>
/// Takes from a description what one version has. An object with <c>x-versions</c>, a list of numbers, is in these only; names in
/// <c>required</c> and members of examples that the version does not have go with them. A path with <c>x-also-get</c> can be asked
/// without a body too.
/// </summary>
internal static class DocumentVersion
{
    private const string Versions = "x-versions";
    private const string AlsoGet = "x-also-get";
    private const string Schemas = "#/components/schemas/";

    public static void Take(JsonObject document, int version)
    {
        Drop(document, version);
        foreach (JsonObject path in document["paths"]!.AsObject().Select(p => p.Value!.AsObject()).Where(p => p.Remove(AlsoGet)))
        {
            JsonObject get = path["post"]!.DeepClone().AsObject(); // A path has it if it has the mark.
            get.Remove("requestBody");
            get["operationId"] = $"{get["operationId"]}WithoutBody";
            path["get"] = get;
        }

        foreach (JsonObject schema in document.Objects().Where(o => o["required"] is JsonArray && o["properties"] is JsonObject).ToList())
        {
            schema["required"]!.AsArray().RemoveAll(name => !schema["properties"]!.AsObject().ContainsKey((string)name!));
        }
    }

    /// <summary>What is left over when all is said: schemas that nobody refers to, members of examples that their schema does not have.</summary>
    public static void Tidy(JsonObject document)
    {
        JsonObject schemas = document["components"]!["schemas"]!.AsObject(); // Each of our documents has them.
        foreach (JsonObject media in document.Objects().Where(o => o["schema"] is JsonObject && o["examples"] is JsonObject).ToList())
        {
            Prune(media, schemas);
        }

        while (Unused(document, schemas) is { Count: > 0 } unused)
        {
            unused.ForEach(name => schemas.Remove(name));
        }
    }

    private static void Drop(JsonNode? node, int version)
    {
        switch (node)
        {
            case JsonObject members:
                members.Remove(Versions);
                foreach (string name in members.Where(m => !IsIn(m.Value, version)).Select(m => m.Key).ToList())
                {
                    members.Remove(name);
                }

                members.ToList().ForEach(m => Drop(m.Value, version));
                break;
            case JsonArray elements:
                elements.RemoveAll(e => !IsIn(e, version));
                elements.ToList().ForEach(e => Drop(e, version));
                break;
            default:
                break;
        }
    }

    private static bool IsIn(JsonNode? node, int version) =>
        node is not JsonObject { } members || members[Versions] is not JsonArray versions || versions.Any(v => (int)v! == version);

    private static void Prune(JsonObject media, JsonObject schemas)
    {
        JsonObject schema = media["schema"]!.AsObject();
        JsonNode? target = (string?)schema["$ref"] is { } reference ? schemas[reference[Schemas.Length..]] : schema;
        if (target?["properties"] is not JsonObject properties)
        {
            return;
        }

        foreach (JsonObject value in media["examples"]!.AsObject().Select(e => e.Value?["value"]).OfType<JsonObject>())
        {
            value.Select(m => m.Key).Where(name => !properties.ContainsKey(name)).ToList().ForEach(name => value.Remove(name));
        }
    }

    private static List<string> Unused(JsonObject document, JsonObject schemas)
    {
        HashSet<string?> used = [.. document.Objects().Select(o => o["$ref"]).OfType<JsonValue>().Select(v => (string?)v)];
        return [.. schemas.Select(s => s.Key).Where(name => !used.Contains(Schemas + name))];
    }
}
