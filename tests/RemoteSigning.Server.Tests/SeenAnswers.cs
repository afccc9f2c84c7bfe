using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace RemoteSigning.Server.Tests;

/// <summary>Which described answers the tests of this run have met.</summary>
internal static class SeenAnswers
{
    private static readonly ConcurrentDictionary<DescribedAnswer, bool> Seen = [];

    /// <param name="operation">As its document has it.</param>
    /// <param name="body">Null for none, and for what is no JSON object.</param>
    public static void Add(JsonObject operation, int status, JsonObject? body)
    {
        foreach (DescribedAnswer answer in DescribedAnswer.Of(operation).Where(a => a.Fits(status, body)))
        {
            Seen[answer] = true;
        }
    }

    /// <summary>A line for each described answer that was not met; all tests have to run for it to mean anything.</summary>
    public static void WriteMissing(string file) => File.WriteAllLines(
        file, DescribedAnswer.All.Where(a => !Seen.ContainsKey(a)).Select(a => a.ToString()).Order(StringComparer.Ordinal));
}
