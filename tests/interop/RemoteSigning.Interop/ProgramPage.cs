using System.Text.RegularExpressions;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>
/// A page of <c>docs/programs</c>. Its fenced blocks with a name in the first line
/// (<c>```ini openssl.cnf</c>, <c>```sh sign</c>) are what the checks use, so that the page cannot go wrong unnoticed.
/// </summary>
internal sealed partial class ProgramPage
{
    /// <summary>Where an installed module lies; a block that names it gets the module under test.</summary>
    private const string InstalledModule = "/usr/lib/x86_64-linux-gnu/pkcs11/libremotesigning-pkcs11.so";

    private readonly Dictionary<string, string> _blocks;
    private readonly string _name;

    private ProgramPage(string name, string text)
    {
        _name = name;
        _blocks = Block().Matches(text).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["text"].Value);
    }

    public static ProgramPage Read(string name) =>
        new(name, File.ReadAllText(Path.Combine(Installation.Current.Root, "docs", "programs", name + ".md")));

    /// <summary>The text of a block, with the module under test in place of the installed one, and each word of <paramref name="replacements"/> replaced.</summary>
    public string Text(string block, Card card, params (string Word, string By)[] replacements) =>
        Text(block, replacements).Replace(InstalledModule, card.Module, StringComparison.Ordinal);

    /// <summary>The text of a block, with each word of <paramref name="replacements"/> replaced.</summary>
    public string Text(string block, params (string Word, string By)[] replacements)
    {
        if (!_blocks.TryGetValue(block, out string? text))
        {
            throw new InteropException($"docs/programs/{_name}.md has no block named {block}.");
        }

        foreach ((string word, string by) in replacements)
        {
            text = text.Contains(word, StringComparison.Ordinal)
                ? text.Replace(word, by, StringComparison.Ordinal)
                : throw new InteropException($"The block {block} of docs/programs/{_name}.md does not say {word}.");
        }

        return text;
    }

    /// <summary>Runs a block as a shell script in a folder, without a terminal to ask on, stopping at the first failure.</summary>
    /// <returns>Standard output, then standard error.</returns>
    public string Run(
        string block, Card card, string folder, IReadOnlyDictionary<string, string>? environment = null, params (string Word, string By)[] replacements) =>
        card.Run("setsid", Script(folder, Text(block, card, replacements)), environment);

    /// <summary>The same for a program that speaks to the servers.</summary>
    public string Run(string block, Servers servers, string folder, params (string Word, string By)[] replacements) =>
        servers.Run("setsid", Script(folder, Text(block, replacements)));

    /// <summary>Fails unless the block fails, and says the word.</summary>
    public void Refuses(string word, string block, Servers servers, string folder, params (string Word, string By)[] replacements)
    {
        CommandResult result = servers.Try("setsid", Script(folder, Text(block, replacements)));
        string said = result.Output + result.Error;
        if (result.ExitCode == 0)
        {
            throw new InteropException($"The block {block} of docs/programs/{_name}.md did not fail: {said.Trim()}");
        }

        Card.Expect(said, word);
    }

    private static string[] Script(string folder, string text) => ["--wait", "bash", "-c", $"cd '{folder}'\nset -euo pipefail\n{text}"];

    [GeneratedRegex(@"^```\w+ (?<name>\S+)\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
