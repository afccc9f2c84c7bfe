using System.Text;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>The table program × key × mode × result, between two marks in <c>docs/programs/README.md</c>.</summary>
internal sealed class Report
{
    private const string Begin = "<!-- results: written by ./build.sh Interop -->";
    private const string End = "<!-- end of results -->";

    private readonly List<string> _rows = [];
    private readonly Dictionary<string, string> _versions = [];

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    private static string Readme => Path.Combine(Installation.Current.Root, "docs", "programs", "README.md");

    public void Add(CardProgram program, Check check, Finding finding)
    {
        Passed++;
        Row(program, check, finding.Twice, finding.AfterRestart, finding.VerifiedBy);
    }

    public void AddFailure(CardProgram program, Check check)
    {
        Failed++;
        Row(program, check, "–", "–", "**failed**");
    }

    /// <summary>Writes the table to a file and, after a whole run, into the documentation.</summary>
    public void Write(string file, bool whole)
    {
        var table = new StringBuilder("| program | use | key | mode | signs twice | after a restart of the agent | verified by |\n|---|---|---|---|---|---|---|\n");
        _rows.ForEach(row => table.Append(row).Append('\n'));
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

    private void Row(CardProgram program, Check check, string twice, string restart, string verified)
    {
        if (!_versions.ContainsKey(program.Name))
        {
            CommandResult version = Commands.Try(program.Version[0], [.. program.Version.Skip(1)]);
            _versions[program.Name] = (version.Output + version.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "?";
        }

        _rows.Add($"| [{program.Name}]({program.Page}.md) | {check.Use} | {check.Key} | {check.Mode.ToString().ToLowerInvariant()} | {twice} | {restart} | {verified} |");
    }
}
