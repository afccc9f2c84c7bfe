using System.Text.Json;

namespace RemoteSigning.Server.Signing;

/// <summary>Finds the files of a node's service log by the path of the newest.</summary>
internal static class SamLogFolder
{
    private const string ContinuationStart = "{\"continues\":";

    /// <summary>The file and all beside it whose names begin with its name, the oldest first, as their first lines say.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="InvalidDataException">There is none, or one begins neither like a log nor like its continuation.</exception>
    public static IReadOnlyList<string> Find(string newest)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(newest)) ?? "/";
        string[] files = Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Where(f => Path.GetFileName(f).StartsWith(Path.GetFileName(newest), StringComparison.Ordinal))]
            : [];
        return files.Length == 0
            ? throw new InvalidDataException("There is no such file.")
            : [.. files.OrderBy(RecordsBefore).ThenBy(f => f, StringComparer.Ordinal)];
    }

    /// <summary>How many records stand in the files before this one.</summary>
    private static long RecordsBefore(string file)
    {
        string first = File.ReadLines(file).FirstOrDefault() ?? "";
        if (!first.StartsWith(ContinuationStart, StringComparison.Ordinal))
        {
            return 0;
        }

        try
        {
            using JsonDocument line = JsonDocument.Parse(first);
            return line.RootElement.GetProperty("continues").GetProperty("head").GetProperty("tree_size").GetInt64();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{Path.GetFileName(file)} begins neither like a log nor like its continuation.", e);
        }
    }
}
