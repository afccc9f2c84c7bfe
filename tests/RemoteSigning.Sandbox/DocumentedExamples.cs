using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RemoteSigning.Sandbox;

/// <summary>
/// The shell examples of a page of the documentation: its <c>```sh</c> blocks, in one shell, one after the other, as a reader
/// types them at the root of a checkout where <c>./build.sh Sandbox</c> runs. A <c>```text</c> block right behind one says what
/// it prints; there <c>…</c> stands for anything within a line, and a line of nothing else for any lines.
/// </summary>
public sealed partial class DocumentedExamples
{
    private const char Separator = '\u001e';

    private readonly string _page;
    private readonly IReadOnlyList<Block> _blocks;

    private DocumentedExamples(string page, IReadOnlyList<Block> blocks)
    {
        _page = page;
        _blocks = blocks;
    }

    /// <summary>What is typed, without what it prints.</summary>
    public string Script => string.Concat(_blocks.Select(b => b.Script));

    /// <param name="page">Below <c>docs</c>.</param>
    public static DocumentedExamples Read(string page) =>
        Parse($"docs/{page}", File.ReadAllText(Path.Combine(Installation.Current.Root, "docs", page)));

    /// <param name="page">Names it in what <see cref="Run"/> says.</param>
    /// <exception cref="SandboxException">There are no examples.</exception>
    public static DocumentedExamples Parse(string page, string text)
    {
        Block[] blocks = [.. Fence().Matches(text).Select(m => new Block(
            text.AsSpan(0, m.Index).Count('\n') + 1,
            m.Groups["script"].Value,
            m.Groups["output"] is { Success: true } output ? output.Value : null))];
        return blocks.Length > 0 ? new DocumentedExamples(page, blocks) : throw new SandboxException($"{page} has no examples.");
    }

    /// <summary>Runs the blocks up to the first that fails.</summary>
    /// <param name="sandbox">Its folder.</param>
    /// <param name="folder">Empty; the shell finds the sandbox there as in a checkout.</param>
    /// <returns>What is otherwise than the page says; empty when nothing is.</returns>
    public IReadOnlyList<string> Run(string sandbox, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "artifacts"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "artifacts", "sandbox"), sandbox);
        foreach (string part in (string[])["backend", "docs", "tests"])
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, part), Path.Combine(Installation.Current.Root, part));
        }

        string file = Path.Combine(folder, "script.sh");
        File.WriteAllText(file, ToScript(folder));
        CommandResult result = Commands.Try("bash", ["-euo", "pipefail", file]);
        string[] outputs = result.Output.Split($"{Separator}\n");
        List<string> wrong = [.. _blocks.Zip(outputs, (block, output) => Compare(block, output)).OfType<string>()];
        if (result.ExitCode != 0 || outputs.Length != _blocks.Count + 1)
        {
            Block last = _blocks[Math.Min(outputs.Length, _blocks.Count) - 1];
            wrong.Insert(0, $"{Name(last)} ended with exit code {result.ExitCode}: {result.Error}\nIt printed:\n{outputs[^1]}");
        }

        return wrong;
    }

    private string ToScript(string folder)
    {
        var script = new StringBuilder($"cd '{folder}'\n");
        foreach (Block block in _blocks)
        {
            script.Append(block.Script).Append(CultureInfo.InvariantCulture, $"printf '{Separator}\\n'\n");
        }

        return script.ToString();
    }

    private string? Compare(Block block, string output) =>
        block.Output is { } expected && !Regex.IsMatch(output, ToPattern(expected))
            ? $"{Name(block)} printed:\n{output}where the page says:\n{expected}"
            : null;

    private static string ToPattern(string expected)
    {
        IEnumerable<string> lines = expected.TrimEnd('\n').Split('\n').Select(line => line == "…"
            ? @"(?:.*\n)*?"
            : Regex.Escape(line).Replace("…", ".*?", StringComparison.Ordinal) + @"\n");
        return $@"\A{string.Concat(lines)}\z";
    }

    private string Name(Block block) => string.Create(CultureInfo.InvariantCulture, $"{_page}, line {block.Line}");

    private sealed record Block(int Line, string Script, string? Output);

    [GeneratedRegex(@"^```sh\n(?<script>.*?)^```\n(?:\n?```text\n(?<output>.*?)^```\n)?", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
