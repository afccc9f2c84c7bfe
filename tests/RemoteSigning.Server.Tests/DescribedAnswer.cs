using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace RemoteSigning.Server.Tests;

/// <summary>One answer of an operation: a success, or a refusal with its error and text.</summary>
/// <param name="Operation">Method and path.</param>
/// <param name="Error">Null for any, and for successes.</param>
/// <param name="Text">The sentence, or a pattern of it; null for successes.</param>
internal sealed record DescribedAnswer(string Operation, int Status, string? Error, string? Text, bool IsPattern)
{
    private static readonly Dictionary<JsonObject, DescribedAnswer[]> Answers = DescribedApi.All.SelectMany(a => a.Operations)
        .ToDictionary(o => o.Operation, o => Read($"{o.Method} {o.Path}", o.Operation).Distinct().ToArray());

    public static IEnumerable<DescribedAnswer> All => Answers.Values.SelectMany(a => a);

    public static IReadOnlyList<DescribedAnswer> Of(JsonObject operation) => Answers[operation];

    public bool Fits(int status, JsonObject? body)
    {
        if (status != Status || Text is null)
        {
            return status == Status;
        }

        string text = (string?)(body?["error_description"] ?? body?["detail"]) ?? "";
        return (Error is null || (string?)(body?["error"] ?? body?["code"]) == Error)
            && (IsPattern ? Regex.IsMatch(text, Text) : text == Text);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Operation} {Status} {Error} {Text}").TrimEnd();

    private static IEnumerable<DescribedAnswer> Read(string operation, JsonObject described) =>
        from response in described["responses"]!.AsObject()
        let status = int.Parse(response.Key, CultureInfo.InvariantCulture)
        from answer in status < 400
            ? [new DescribedAnswer(operation, status, null, null, false)]
            : Refusals(operation, status, response.Value!["content"]!.AsObject().Single().Value!["schema"]!["allOf"]![1]!["anyOf"]!.AsArray())
        select answer;

    private static IEnumerable<DescribedAnswer> Refusals(string operation, int status, JsonArray kinds) =>
        from kind in kinds
        let properties = kind!["properties"]!
        let error = (string?)(properties["error"] ?? properties["code"])?["const"]
        let text = properties["error_description"] ?? properties["detail"]!
        from way in text["anyOf"]?.AsArray() ?? [text.DeepClone()]
        from answer in way!["pattern"] is { } pattern
            ? [new DescribedAnswer(operation, status, error, (string)pattern!, true)]
            : way["enum"]!.AsArray().Select(t => new DescribedAnswer(operation, status, error, (string)t!, false))
        select answer;
}
