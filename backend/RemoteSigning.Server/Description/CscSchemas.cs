using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Description;

/// <summary>
/// The definitions of docs/schemas/csc.schema.json under names that OpenAPI allows: "v1 credentials/info" is <c>credentials.info</c> in
/// the document of v1, and in no other.
/// </summary>
internal static class CscSchemas
{
    public static void AddTo(JsonObject schemas, JsonObject source, int version)
    {
        string ours = $"v{version} ";
        foreach ((string name, JsonNode? schema) in source["$defs"]!.AsObject()) // Our own file has them.
        {
            bool isOfOne = name.Length > 2 && name[0] == 'v' && char.IsAsciiDigit(name[1]) && name[2] == ' ';
            if (!isOfOne || name.StartsWith(ours, StringComparison.Ordinal))
            {
                schemas.Add(Rename(isOfOne ? name[ours.Length..] : name), WithOurNames(schema!)); // Each definition is an object.
            }
        }
    }

    private static string Rename(string name) => name.Replace('/', '.').Replace(' ', '-');

    private static JsonNode WithOurNames(JsonNode schema)
    {
        JsonNode copy = schema.DeepClone();
        foreach (JsonObject at in copy.Objects().Where(o => o.ContainsKey("$ref")).ToList())
        {
            at["$ref"] = "#/components/schemas/" + Rename(((string)at["$ref"]!)["#/$defs/".Length..]);
        }

        return copy;
    }
}
