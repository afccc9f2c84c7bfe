using System.Globalization;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// Processor time of a process, and if wanted of all its descendants, those that ended too: /proc/PID/stat. It depends far less
/// on what else the machine does than times on the clock do.
/// </summary>
internal static class ProcessorTime
{
    private const double SecondsOfTick = 0.01; // USER_HZ, the same on all architectures of Linux that .NET runs on.

    // Of the fields after the name in parentheses.
    private const int ParentField = 1;
    private const int FirstTimeField = 11;
    private const int OwnFields = 2;
    private const int EndedFields = 2;

    /// <param name="withDescendants">False counts the process alone.</param>
    public static TimeSpan Of(int process, bool withDescendants)
    {
        Dictionary<int, string[]> all = ReadAll();
        double ticks = 0;
        var left = new Queue<int>([process]);
        while (left.TryDequeue(out int id))
        {
            if (all.TryGetValue(id, out string[]? fields))
            {
                int times = withDescendants ? OwnFields + EndedFields : OwnFields;
                ticks += fields.Skip(FirstTimeField).Take(times).Sum(f => double.Parse(f, CultureInfo.InvariantCulture));
            }

            string text = id.ToString(CultureInfo.InvariantCulture);
            foreach (int child in all.Where(p => withDescendants && p.Value[ParentField] == text).Select(p => p.Key))
            {
                left.Enqueue(child);
            }
        }

        return TimeSpan.FromSeconds(ticks * SecondsOfTick);
    }

    private static Dictionary<int, string[]> ReadAll()
    {
        var all = new Dictionary<int, string[]>();
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && Read(folder) is { } fields)
            {
                all[id] = fields;
            }
        }

        return all;
    }

    /// <returns>Null when the process ended meanwhile.</returns>
    private static string[]? Read(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
