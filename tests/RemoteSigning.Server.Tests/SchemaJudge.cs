using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace RemoteSigning.Server.Tests;

/// <summary>Validates JSON against schemas of OpenAPI 3.1 documents, which are JSON Schema 2020-12; by a python3-jsonschema that is kept running.</summary>
internal sealed class SchemaJudge : IDisposable
{
    private const string Program =
        """
        import json, sys, jsonschema
        components = {}
        validators = {}
        for line in sys.stdin:
            name, document, schema, instance = json.loads(line)
            if document is not None:
                components[name] = document
            key = (name, json.dumps(schema))
            if key not in validators:
                rule = dict(schema, components=components[name])
                jsonschema.Draft202012Validator.check_schema(rule)
                validators[key] = jsonschema.Draft202012Validator(rule)
            print(json.dumps(["/".join(map(str, e.path)) + ": " + e.message for e in validators[key].iter_errors(instance)]), flush=True)
        """;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _known = [];
    private readonly Process _python;

    public SchemaJudge()
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Program);
        _python = Process.Start(start)!; // Null only where another process is used again.
    }

    /// <param name="document">Its name, which stands for always the same content.</param>
    /// <param name="components">What references in the schema lead to.</param>
    /// <returns>What is wrong; nothing when it is valid.</returns>
    public IReadOnlyList<string> FindFlaws(string document, JsonNode components, JsonNode schema, JsonNode? instance)
    {
        lock (_gate)
        {
            JsonNode? news = _known.Add(document) ? components.DeepClone() : null;
            _python.StandardInput.WriteLine(new JsonArray(document, news, schema.DeepClone(), instance?.DeepClone()).ToJsonString());
            _python.StandardInput.Flush();
            string? verdict = _python.StandardOutput.ReadLine();
            Assert.That(verdict, Is.Not.Null, "python3-jsonschema ended; its complaint is in the log above");
            return [.. JsonNode.Parse(verdict!)!.AsArray().Select(f => (string)f!)];
        }
    }

    public void Dispose()
    {
        _python.StandardInput.Close();
        _python.WaitForExit();
        _python.Dispose();
    }
}
