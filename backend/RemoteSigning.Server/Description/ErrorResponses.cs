using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace RemoteSigning.Server.Description;

/// <summary>
/// Spells out the member <c>x-errors</c> of each operation as OpenAPI responses. Its elements are names of lists in the document's own
/// <c>x-errors</c>, or objects: <c>status</c> (400 unless told), <c>error</c> (<c>invalid_request</c> unless told), <c>text</c>,
/// <c>when</c>. In <c>text</c>, braces are around what differs from call to call, with an example in them; an <c>error</c> in braces
/// is an example of any.
/// </summary>
internal static partial class ErrorResponses
{
    private const string Errors = "x-errors";

    /// <summary>The names of the members in an error body: of CSC, or of a problem document (RFC 9457).</summary>
    private sealed record Form(string MediaType, string Schema, string Code, string Text)
    {
        public static Form Csc { get; } = new("application/json", "error", "error", "error_description");

        public static Form Problem { get; } = new("application/problem+json", "problem", "code", "detail");
    }

    private sealed record Row(int Status, string Error, string Text, string When);

    public static void SpellOut(JsonObject document)
    {
        Form form = document["components"]!["schemas"]!.AsObject().ContainsKey(Form.Problem.Schema) ? Form.Problem : Form.Csc;
        JsonObject lists = document[Errors]!.AsObject(); // Each of our documents has them, and schemas.
        document.Remove(Errors);
        foreach (JsonObject operation in document["paths"].Objects().Where(o => o[Errors] is JsonArray).ToList())
        {
            Row[] rows = [.. Rows(operation[Errors]!.AsArray(), lists)];
            operation.Remove(Errors);
            JsonObject responses = operation["responses"]!.AsObject();
            foreach (IGrouping<int, Row> status in rows.GroupBy(r => r.Status).OrderBy(g => g.Key))
            {
                responses.Add(status.Key.ToString(CultureInfo.InvariantCulture), Response(form, status.Key, [.. status]));
            }

            foreach (JsonObject response in responses.Select(r => r.Value!.AsObject()))
            {
                AddHeader(response, "X-Request-Id");
            }
        }
    }

    private static IEnumerable<Row> Rows(JsonArray errors, JsonObject lists) => errors.SelectMany(e => e switch
    {
        JsonObject row => [Read(row)],
        _ => lists[(string)e!]?.AsArray() is { } list
            ? Rows(list, lists)
            : throw new InvalidOperationException($"The description has no list {e}."),
    });

    private static Row Read(JsonObject row) => new(
        (int?)row["status"] ?? StatusCodes.Status400BadRequest,
        (string?)row["error"] ?? "invalid_request",
        (string)row["text"]!,
        (string)row["when"]!);

    private static JsonObject Response(Form form, int status, Row[] rows)
    {
        var response = new JsonObject
        {
            ["description"] = ReasonPhrases.GetReasonPhrase(status),
            ["content"] = new JsonObject
            {
                [form.MediaType] = new JsonObject { ["schema"] = Schema(form, rows), ["examples"] = Examples(form, status, rows) },
            },
        };
        if (status == StatusCodes.Status401Unauthorized)
        {
            AddHeader(response, "WWW-Authenticate");
        }
        else if (status == StatusCodes.Status429TooManyRequests)
        {
            AddHeader(response, "Retry-After");
        }

        return response;
    }

    private static JsonObject Schema(Form form, Row[] rows) => new()
    {
        ["allOf"] = new JsonArray(
            new JsonObject { ["$ref"] = $"#/components/schemas/{form.Schema}" },
            new JsonObject
            {
                ["anyOf"] = new JsonArray([.. rows.GroupBy(r => r.Error).Select(g => Of(form, g.Key, [.. g]))]),
            }),
    };

    private static JsonObject Of(Form form, string error, Row[] rows)
    {
        var properties = new JsonObject();
        if (!Varies(error))
        {
            properties[form.Code] = new JsonObject { ["const"] = error };
        }

        string[] texts = [.. rows.Select(r => r.Text).Distinct()];
        JsonObject[] ways = [.. texts.Where(Varies).Select(Pattern)];
        JsonNode[] exact = [.. texts.Where(t => !Varies(t)).Select(t => (JsonNode)t)];
        if (exact.Length > 0)
        {
            ways = [.. ways, new JsonObject { ["enum"] = new JsonArray(exact) }];
        }

        properties[form.Text] = ways is [{ } only] ? only : new JsonObject { ["anyOf"] = new JsonArray([.. ways]) };
        return new JsonObject { ["properties"] = properties };
    }

    private static bool Varies(string text) => text.Contains('{', StringComparison.Ordinal);

    private static JsonObject Pattern(string text) => new() { ["pattern"] = "^" + Braces().Replace(Regex.Escape(text).Replace("\\ ", " "), ".+") + "$" };

    private static JsonObject Examples(Form form, int status, Row[] rows)
    {
        var examples = new JsonObject();
        foreach (Row row in rows)
        {
            string name = Name(row.When);
            for (int i = 2; examples.ContainsKey(name); i++)
            {
                name = $"{Name(row.When)}-{i}";
            }

            examples[name] = new JsonObject { ["summary"] = row.When, ["value"] = Body(form, status, row) };
        }

        return examples;
    }

    private static JsonObject Body(Form form, int status, Row row)
    {
        (string text, string error) = (Example(row.Text), Example(row.Error));
        return form == Form.Csc
            ? new JsonObject { [form.Code] = error, [form.Text] = text }
            : new JsonObject
            {
                ["type"] = "about:blank",
                ["title"] = ReasonPhrases.GetReasonPhrase(status),
                ["status"] = status,
                [form.Text] = text,
                ["problem"] = ProblemNumber(status),
                [form.Code] = error,
                ["trace_id"] = "0af7651916cd43dd8448eb211c80319c",
            };
    }

    private static string Example(string text) => text.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    /// <summary>The number that most refusals of a status have.</summary>
    private static int ProblemNumber(int status) => (int)(status switch
    {
        StatusCodes.Status403Forbidden => Contracts.Problem.NotAllowed,
        StatusCodes.Status500InternalServerError => Contracts.Problem.Internal,
        StatusCodes.Status503ServiceUnavailable => Contracts.Problem.Unavailable,
        _ => Contracts.Problem.InvalidRequest,
    });

    private static void AddHeader(JsonObject response, string name)
    {
        response["headers"] ??= new JsonObject();
        response["headers"]![name] = new JsonObject { ["$ref"] = $"#/components/headers/{name}" };
    }

    private static string Name(string when) => NoName().Replace(when, "-").Trim('-');

    [GeneratedRegex(@"\\\{.*?\}")]
    private static partial Regex Braces();

    [GeneratedRegex("[^A-Za-z0-9]+")]
    private static partial Regex NoName();
}
