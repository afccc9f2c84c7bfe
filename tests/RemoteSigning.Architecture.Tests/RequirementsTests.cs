using System.Text.RegularExpressions;
using NUnit.Framework;

namespace RemoteSigning.Architecture.Tests;

/// <summary>docs/sam/requirements.md names files and tests that are there, and says of each requirement how it stands.</summary>
public sealed partial class RequirementsTests
{
    private const string CodeFolder = "backend/RemoteSigning.Sam";
    private const int LastRequirement = 43;

    private static readonly string[] States = ["done", "partly", "not built", "only certified hardware"];

    private static readonly ILookup<string, string> TestClasses = Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
        .ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal);

    /// <summary>A line of one of the two tables.</summary>
    public sealed record Row(string Id, string Code, string Test, string State)
    {
        public override string ToString() => Id;
    }

    public static IEnumerable<Row> Rows() =>
        from line in File.ReadLines(Path.Combine(Repository.Root, "docs", "sam", "requirements.md"))
        let cells = line.Split('|', StringSplitOptions.TrimEntries)
        where cells.Length == 7 && IsId().IsMatch(cells[1])
        select new Row(cells[1], cells[3], cells[4], cells[5]);

    [Test]
    public void Ids_All_StandOnce()
    {
        string[] ids = [.. Rows().Select(r => r.Id)];

        Assert.That(ids, Is.Unique);
        Assert.That(ids.Where(i => i.StartsWith("SAM-", StringComparison.Ordinal)), Is.EqualTo(Enumerable.Range(1, LastRequirement).Select(n => $"SAM-{n:00}")));
    }

    [TestCaseSource(nameof(Rows))]
    public void Code_Named_IsThere(Row row)
    {
        string[] missing =
        [
            .. Names(row.Code).Where(n => !File.Exists(Path.Combine(Repository.Root, n)) && !File.Exists(Path.Combine(Repository.Root, CodeFolder, n))),
        ];

        Assert.That(missing, Is.Empty);
    }

    [TestCaseSource(nameof(Rows))]
    public void Test_Named_IsThere(Row row) => Assert.That(Names(row.Test).Where(n => !IsTest(n)), Is.Empty);

    [TestCaseSource(nameof(Rows))]
    public void State_Each_IsOneOfFourAndFitsTheRow(Row row)
    {
        string? state = States.FirstOrDefault(s => row.State.StartsWith(s, StringComparison.Ordinal));
        bool isShown = Names(row.Code).Any() && Names(row.Test).Any();

        Assert.That(state, Is.Not.Null);
        Assert.That(isShown, state == "done" ? Is.True : state == "not built" ? Is.False : Is.AnyOf(true, false));
        Assert.That(row.State, state == "partly" ? Does.Match("^partly: .") : Is.Not.Empty, "what lacks is said");
    }

    private static IEnumerable<string> Names(string cell) => Quoted().Matches(cell).Select(m => m.Groups[1].Value);

    /// <param name="name">A class, or a class and one of its methods.</param>
    private static bool IsTest(string name)
    {
        string[] parts = name.Split('.');
        return parts switch
        {
            [var type] => TestClasses.Contains(type),
            [var type, var method] => TestClasses[type].Any(f => Regex.IsMatch(File.ReadAllText(f), $@"public (async )?(Task|void) {method}\(")),
            _ => false,
        };
    }

    [GeneratedRegex("^[A-Z]+-[0-9]+$")]
    private static partial Regex IsId();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
