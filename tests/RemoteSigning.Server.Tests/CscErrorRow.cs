using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Tests;

/// <summary>One row of an error table of CSC, from csc-errors.json; members of its body are named as in v1.</summary>
internal sealed record CscErrorRow(JsonObject Json)
{
    public string Section => (string)Json["section"]!;

    public string Case => (string)Json["case"]!;

    public string Method => (string)Json["method"]!;

    public IReadOnlyList<int> Versions => [.. Json["versions"]!.AsArray().Select(v => (int)v!)];

    public (int Status, string Error, string Description) Answer =>
        ((int)Json["answer"]![0]!, (string)Json["answer"]![1]!, (string)Json["answer"]![2]!);

    /// <summary>The header <c>Authorization</c>, empty for none; null for the caller's live token.</summary>
    public string? Header => (string?)Json["header"];

    /// <summary>What the authorization server refuses: end of the path, problem, code.</summary>
    public JsonArray? Peer => (JsonArray?)Json["peer"];

    /// <summary>How long the credential exists already.</summary>
    public int Days => (int?)Json["days"] ?? 0;

    /// <summary>Why the row is no test.</summary>
    public string? Exception => (string?)Json["exception"];

    /// <summary>The body in the words of a version.</summary>
    public string Body(int version)
    {
        JsonObject body = Json["body"]!.DeepClone().AsObject();
        if (version == 2 && Method != "signatures/timestamp")
        {
            Rename(body, "hash", "hashes");
            Rename(body, "hashAlgo", "hashAlgorithmOID");
        }

        return body.ToJsonString();
    }

    public override string ToString() => $"{Section} {Method}: {Case}";

    private static void Rename(JsonObject body, string name, string other)
    {
        if (body.Remove(name, out JsonNode? value))
        {
            body[other] = value;
        }
    }
}
