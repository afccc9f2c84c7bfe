using System.Text;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>The table program × key × mode × result, between two marks in <c>docs/programs/README.md</c>.</summary>
internal sealed class Report
{
    private const string Begin = "<!-- results: written by ./build.sh Interop -->";
    private const string End = "<!-- end of results -->";

    private readonly List<Row> _rows = [];
    private readonly Dictionary<string, string> _versions = [];

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

    /// <summary>Writes the table to a file and, after a whole run, into the documentation.</summary>
    public void Write(string file, bool whole)
    {
        var table = new StringBuilder("| program | use | key | mode | signs twice | after a restart of the agent | verified by |\n|---|---|---|---|---|---|---|\n");
        foreach (Row row in Merged())
        {
            table.Append($"| {row.Program} | {row.Use} | {row.Keys} | {row.Modes} | {row.Finding.Twice} | {row.Finding.AfterRestart} | {row.Finding.VerifiedBy} |\n");
        }

        table.Append("\nTried with ").AppendJoin(" · ", _versions.Select(v => $"{v.Key}: {v.Value}")).Append(".\n");
        File.WriteAllText(file, table.ToString());
        if (whole)
        {
            string text = File.ReadAllText(Readme);
            int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
            int end = text.IndexOf(End, StringComparison.Ordinal);
            File.WriteAllText(Readme, text[..begin] + "\n\n" + table + "\n" + text[end..]);
        }
    }

    private void Keep(CardProgram program, Check check, Finding finding)
    {
        if (!_versions.ContainsKey(program.Name))
        {
            CommandResult version = Commands.Try(program.Version[0], [.. program.Version.Skip(1)]);
            _versions[program.Name] = (version.Output + version.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "?";
        }

        _rows.Add(new Row($"[{program.Name}]({program.Page}.md)", check.Use, check.Key, check.Mode.ToString().ToLowerInvariant(), finding));
    }

    /// <summary>Rows that differ in the key alone become one, and then those that differ in the mode alone.</summary>
    private IEnumerable<Row> Merged() => _rows
        .GroupBy(r => (r.Program, r.Use, r.Modes, r.Finding))
        .Select(g => new Row(g.Key.Program, g.Key.Use, string.Join(", ", g.Select(r => r.Keys)), g.Key.Modes, g.Key.Finding))
        .GroupBy(r => (r.Program, r.Use, r.Keys, r.Finding))
        .Select(g => new Row(g.Key.Program, g.Key.Use, g.Key.Keys, string.Join(", ", g.Select(r => r.Modes)), g.Key.Finding));

    private sealed record Row(string Program, string Use, string Keys, string Modes, Finding Finding);
}
