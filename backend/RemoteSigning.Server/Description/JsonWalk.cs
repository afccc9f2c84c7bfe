using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Description;

internal static class JsonWalk
{
    /// <summary>All objects in a tree, the outer ones first.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => m.Value.Objects()).Prepend(members),
        JsonArray elements => elements.SelectMany(e => e.Objects()),
        _ => [],
    };
}
