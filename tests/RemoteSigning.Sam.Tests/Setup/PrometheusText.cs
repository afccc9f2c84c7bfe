using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// A page in Prometheus' text format 0.0.4, read strictly: each family once with HELP and TYPE before its samples, no sample twice,
/// buckets that rise to +Inf and the count.
/// </summary>
internal sealed partial class PrometheusText
{
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>By name with labels in the order of the page: <c>name{a="b"}</c>.</summary>
    public IReadOnlyDictionary<string, double> Samples => _samples;

    /// <exception cref="FormatException">The page breaks a rule.</exception>
    public static PrometheusText Parse(string page)
    {
        var read = new PrometheusText();
        Demand(page.EndsWith('\n'), "the last line has no end");
        string? helped = null;
        string family = "";
        foreach (string line in page[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                helped = help.Groups[1].Value;
                Demand(!read._types.ContainsKey(helped), $"{helped} stands twice");
            }
            else if (Type().Match(line) is { Success: true } type)
            {
                family = type.Groups[1].Value;
                Demand(family == helped, $"{family} has no HELP before it");
                read._types.Add(family, type.Groups[2].Value);
            }
            else
            {
                read.AddSample(line, family);
            }
        }

        read.CheckHistograms();
        return read;
    }

    /// <summary>The value of a label.</summary>
    public static string Label(string sample, string name)
    {
        var text = new StringBuilder();
        string raw = Labels().Matches(sample).Single(m => m.Groups[1].Value == name).Groups[2].Value;
        for (int i = 0; i < raw.Length; i++)
        {
            text.Append(raw[i] != '\\' ? raw[i] : raw[++i] == 'n' ? '\n' : raw[i]);
        }

        return text.ToString();
    }

    private void AddSample(string line, string family)
    {
        Match sample = Sample().Match(line);
        Demand(sample.Success, $"no line of the format: {line}");
        string name = sample.Groups[1].Value;
        string suffix = name.StartsWith(family, StringComparison.Ordinal) ? name[family.Length..] : "?";
        string kind = _types[family];
        Demand(kind == "histogram" ? suffix is "_bucket" or "_sum" or "_count" : suffix.Length == 0, $"{name} is not of {family}");
        Demand((kind == "counter") == family.EndsWith("_total", StringComparison.Ordinal), $"{family} is a {kind}");
        string[] labels = [.. Labels().Matches(sample.Groups[2].Value).Select(m => m.Groups[1].Value)];
        Demand(labels.Distinct().Count() == labels.Length, $"a label stands twice: {line}");
        double value = sample.Groups[3].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            { } number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Demand(_samples.TryAdd(name + sample.Groups[2].Value, value), $"it stands twice: {line}");
    }

    private void CheckHistograms()
    {
        foreach (string family in _types.Where(t => t.Value == "histogram").Select(t => t.Key))
        {
            foreach (IGrouping<string, KeyValuePair<string, double>> series in _samples
                .Where(s => s.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal)).GroupBy(s => Bound().Replace(s.Key, "")))
            {
                double[] counts = [.. series.Select(s => s.Value)];
                string labels = series.Key[(family.Length + "_bucket".Length)..];
                string other = labels == "{}" ? "" : labels;
                Demand(counts.SequenceEqual(counts.Order()), $"buckets fall: {series.Key}");
                Demand(Label(series.Last().Key, "le") == "+Inf", $"no last bucket: {series.Key}");
                Demand(_samples[$"{family}_count{other}"] == counts[^1], $"another count: {series.Key}");
                Demand(_samples.ContainsKey($"{family}_sum{other}"), $"no sum: {series.Key}");
            }
        }
    }

    private static void Demand(bool holds, string flaw)
    {
        if (!holds)
        {
            throw new FormatException(flaw);
        }
    }

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\\]|\\\\[\\\\n])*$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("^([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\]|\\\\[\"\\\\n])*\",?)+\\})? ([^ ]+)$")]
    private static partial Regex Sample();

    [GeneratedRegex("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\"\\\\n])*)\"")]
    private static partial Regex Labels();

    [GeneratedRegex(",?le=\"[^\"]*\"")]
    private static partial Regex Bound();
}
