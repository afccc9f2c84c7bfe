using System.Text;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>The tables program × key × mode × result and program × interface × result, each between two marks in <c>docs/programs/README.md</c>.</summary>
internal sealed class Report
{
    private readonly List<Row> _rows = [];
    private readonly List<ServerRow> _serverRows = [];
    private readonly Dictionary<string, string> _cardVersions = [];
    private readonly Dictionary<string, string> _serverVersions = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    private static string Readme => Path.Combine(Installation.Current.Root, "docs", "programs", "README.md");

    public void Add(CardProgram program, Check check, Finding finding)
    {
        Passed++;
        Keep(program, check, finding);
    }

    public void AddFailure(CardProgram program, Check check)
    {
        Failed++;
        Keep(program, check, new Finding("–", "–", "**failed**"));
    }

    public void Add(ServerProgram program, ServerCheck check, string verifiedBy)
    {
        Passed++;
        Keep(program, check, verifiedBy);
    }

    public void AddFailure(ServerProgram program, ServerCheck check)
    {
        Failed++;
        Keep(program, check, "**failed**");
    }

    /// <summary>Writes the tables to a file and, when all programs of a table were run, that one into the documentation.</summary>
    public void Write(string file, bool allOfTheCard, bool allOfTheServers)
    {
        var card = new StringBuilder("| program | use | key | mode | signs twice | after a restart of the agent | verified by |\n|---|---|---|---|---|---|---|\n");
        foreach (Row row in Merged())
        {
            card.Append($"| {row.Program} | {row.Use} | {row.Keys} | {row.Modes} | {row.Finding.Twice} | {row.Finding.AfterRestart} | {row.Finding.VerifiedBy} |\n");
        }

        var servers = new StringBuilder("| program | speaks to | use | result, verified by |\n|---|---|---|---|\n");
        foreach (ServerRow row in _serverRows)
        {
            servers.Append($"| {row.Program} | {row.Interface} | {row.Use} | {row.VerifiedBy} |\n");
        }

        AppendVersions(card, _cardVersions);
        AppendVersions(servers, _serverVersions);
        File.WriteAllText(file, $"{card}\n{servers}");
        if (allOfTheCard)
        {
            Document("results", card);
        }

        if (allOfTheServers)
        {
            Document("results of the servers", servers);
        }
    }

    private static void AppendVersions(StringBuilder table, Dictionary<string, string> versions) =>
        table.Append("\nTried with ").AppendJoin(" · ", versions.Select(v => $"{v.Key}: {v.Value}")).Append(".\n");

    private static void Document(string name, StringBuilder table)
    {
        string text = File.ReadAllText(Readme);
        string mark = $"<!-- {name}: written by ./build.sh Interop -->";
        int begin = text.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        int end = text.IndexOf($"<!-- end of {name} -->", StringComparison.Ordinal);
        File.WriteAllText(Readme, text[..begin] + "\n\n" + table + "\n" + text[end..]);
    }

    private void Keep(CardProgram program, Check check, Finding finding)
    {
        KeepVersion(program, _cardVersions);
        _rows.Add(new Row(Link(program), check.Use, check.Key, check.Mode.ToString().ToLowerInvariant(), finding));
    }

    private void Keep(ServerProgram program, ServerCheck check, string verifiedBy)
    {
        KeepVersion(program, _serverVersions);
        _serverRows.Add(new ServerRow(Link(program), check.Interface, check.Use, verifiedBy));
    }

    private static string Link(InteropProgram program) => $"[{program.Name}]({program.Page}.md)";

    private static void KeepVersion(InteropProgram program, Dictionary<string, string> versions)
    {
        if (!versions.ContainsKey(program.Name))
        {
            CommandResult version = Commands.Try(program.Version[0], [.. program.Version.Skip(1)]);
            versions[program.Name] = (version.Output + version.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "?";
        }
    }

    /// <summary>Rows that differ in the key alone become one, and then those that differ in the mode alone.</summary>
    private IEnumerable<Row> Merged() => _rows
        .GroupBy(r => (r.Program, r.Use, r.Modes, r.Finding))
        .Select(g => new Row(g.Key.Program, g.Key.Use, string.Join(", ", g.Select(r => r.Keys)), g.Key.Modes, g.Key.Finding))
        .GroupBy(r => (r.Program, r.Use, r.Keys, r.Finding))
        .Select(g => new Row(g.Key.Program, g.Key.Use, g.Key.Keys, string.Join(", ", g.Select(r => r.Modes)), g.Key.Finding));

    private sealed record Row(string Program, string Use, string Keys, string Modes, Finding Finding);

    private sealed record ServerRow(string Program, string Interface, string Use, string VerifiedBy);
}
